package dev.otapair.protocol.auth;

import dev.otapair.protocol.message.Octets;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * What a token becomes under a server's salt: enough to prove that one knows the token, and slow to come by from guesses.
 * As secret as the token towards that server. Immutable.
 *
 * @see "PROTOCOL.md, section 7.2: Proofs"
 */
public final class TokenKey {
    /** Bytes of a key. */
    public static final int BYTES = 32;

    private static final byte[] SESSION = "session\0".getBytes(StandardCharsets.US_ASCII);

    private final byte[] key;

    private TokenKey(byte[] key) {
        this.key = key;
    }

    /**
     * Computes the key of a token: some ten milliseconds, or a second on a small board.
     *
     * @param iterations of PBKDF2-HMAC-SHA-256 (RFC 8018)
     */
    public static TokenKey derive(Secret secret, Octets salt, int iterations) {
        PBEKeySpec spec = new PBEKeySpec(secret.reveal().toCharArray(), salt.toBytes(), iterations, 8 * BYTES);
        try {
            return new TokenKey(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no PBKDF2WithHmacSHA256", e);
        } finally {
            spec.clearPassword();
        }
    }

    /** Returns the key that was kept as these bytes, {@value #BYTES} of them. */
    public static TokenKey of(Octets kept) {
        if (kept.length() != BYTES) {
            throw new IllegalArgumentException("a key has %d bytes, not %d".formatted(BYTES, kept.length()));
        }
        return new TokenKey(kept.toBytes());
    }

    /** Returns the bytes to keep, where nobody else can read them. */
    public Octets reveal() {
        return new Octets(key);
    }

    /**
     * Names what a key was derived from without telling it: to look a kept key up by.
     *
     * @return lower-case hex of a SHA-256
     */
    public static String fingerprint(Secret secret, Octets salt, int iterations) {
        byte[] saltAndCount = ("\0" + salt.toBase64() + "\0" + iterations + "\0").getBytes(StandardCharsets.US_ASCII);
        MessageDigest digest = Sha256.create();
        digest.update("ota-token-key".getBytes(StandardCharsets.US_ASCII));
        digest.update(saltAndCount);
        return HexFormat.of().formatHex(digest.digest(secret.reveal().getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns the proof that {@code role} knows the token in the session of {@code transcript}. */
    public Octets proof(Role role, Octets transcript) {
        return new Octets(Hmac.of(key, role.label(), transcript.toBytes()));
    }

    /** Returns the key that seals the messages of the session of {@code transcript}. */
    public SessionKey session(Octets transcript) {
        return new SessionKey(Hmac.of(key, SESSION, transcript.toBytes()));
    }

    @Override
    public String toString() {
        return "(token key)";
    }
}
