package dev.otapair.protocol.auth;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * HMAC-SHA-256 over parts. By hand, as {@code javax.crypto} takes half as long to come up as all else that a check does.
 *
 * @see "RFC 2104"
 */
final class Hmac {
    static final int BYTES = 32;

    private static final int BLOCK_BYTES = 64;
    private static final byte INNER = 0x36;
    private static final byte OUTER = 0x5c;

    private Hmac() {}

    static byte[] of(byte[] key, byte[]... parts) {
        MessageDigest digest = Sha256.create();
        byte[] block = Arrays.copyOf(key.length > BLOCK_BYTES ? digest.digest(key) : key, BLOCK_BYTES);
        digest.update(with(block, INNER));
        for (byte[] part : parts) {
            digest.update(part);
        }
        byte[] inner = digest.digest();
        digest.update(with(block, OUTER));
        return digest.digest(inner);
    }

    private static byte[] with(byte[] block, byte pad) {
        byte[] padded = new byte[BLOCK_BYTES];
        for (int i = 0; i < BLOCK_BYTES; i++) {
            padded[i] = (byte) (block[i] ^ pad);
        }
        return padded;
    }
}
