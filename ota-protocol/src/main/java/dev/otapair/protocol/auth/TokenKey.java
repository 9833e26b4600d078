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

    private static final char CHECK = '.';
    private static final int CHECK_BYTES = 4;
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

    /** Returns the key of these bytes, {@value #BYTES} of them. */
    public static TokenKey of(Octets bytes) {
        if (bytes.length() != BYTES) {
            throw new IllegalArgumentException("a key has %d bytes, not %d".formatted(BYTES, bytes.length()));
        }
        return new TokenKey(bytes.toBytes());
    }

    /** Returns the bytes, which nobody else may see. */
    public Octets reveal() {
        return new Octets(key);
    }

    /**
     * Reads a key that was kept by {@link #toKeep}.
     *
     * @throws IllegalArgumentException if that is not what was kept: a wrong key would be refused by every peer, for ever
     */
    public static TokenKey ofKept(String text) {
        int end = text.indexOf(CHECK);
        TokenKey kept = of(Octets.ofBase64(text.substring(0, Math.max(0, end))));
        if (!kept.toKeep().equals(text)) {
            throw new IllegalArgumentException("the key is damaged");
        }
        return kept;
    }

    /** Returns what to keep where nobody else can read it: base64url, a dot, and 8 hex digits to find damage by. */
    public String toKeep() {
        byte[] digest = Sha256.create().digest(key);
        return reveal().toBase64() + CHECK + HexFormat.of().formatHex(digest, 0, CHECK_BYTES);
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
