package dev.otapair.protocol.message;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/** Some bytes that are a value: a nonce, a salt, a proof. Immutable; kept out of {@link #toString}. */
public final class Octets {
    private static final String EXPECTED = "not base64url without padding";

    private final byte[] bytes;

    /** @param bytes copied */
    public Octets(byte... bytes) {
        this.bytes = bytes.clone();
    }

    /**
     * Reads base64url without padding (RFC 4648, section 5).
     *
     * @throws IllegalArgumentException if it is not, or is not the one way to write those bytes
     */
    public static Octets ofBase64(String text) {
        Octets octets = new Octets(decoded(text));
        if (!octets.toBase64().equals(text)) {
            throw new IllegalArgumentException(EXPECTED);
        }
        return octets;
    }

    private static byte[] decoded(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(EXPECTED, e);
        }
    }

    /** Returns base64url without padding. */
    public String toBase64() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Returns a copy. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    public int length() {
        return bytes.length;
    }

    /** Compares in a time that does not depend on where the bytes differ. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Octets octets && MessageDigest.isEqual(bytes, octets.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "(" + bytes.length + " bytes)";
    }
}
