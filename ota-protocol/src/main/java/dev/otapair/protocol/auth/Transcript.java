package dev.otapair.protocol.auth;

import dev.otapair.protocol.message.Octets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * All that both ends must have seen alike before they trust each other, as one digest: what was said so far, to the byte,
 * and over which certificate.
 *
 * @see "PROTOCOL.md, section 7.2: Proofs"
 */
public final class Transcript {
    private static final byte[] LABEL = "ota-auth-v2\0".getBytes(StandardCharsets.US_ASCII);

    private Transcript() {}

    /**
     * Computes the digest.
     *
     * @param hello the client's first message, exactly as it was on the wire
     * @param challenge the server's answer, likewise
     * @param channelBinding SHA-256 of the server's certificate under TLS, else empty
     * @return 32 bytes
     */
    public static Octets of(byte[] hello, byte[] challenge, Octets channelBinding) {
        MessageDigest digest = Sha256.create();
        digest.update(LABEL);
        for (byte[] part : new byte[][] {hello, challenge, channelBinding.toBytes()}) {
            digest.update(ByteBuffer.allocate(4).putInt(part.length).array());
            digest.update(part);
        }
        return new Octets(digest.digest());
    }
}
