package dev.otapair.protocol.message;

import java.util.HexFormat;

/**
 * The digest of a package's bytes.
 *
 * @param algorithm what computed it
 * @param hex lower-case hexadecimal digits, as many as the algorithm gives
 */
public record Digest(Algorithm algorithm, String hex) {
    public Digest {
        if (!Alphabet.LOWER_HEX.isWord(hex, algorithm.hexDigits, algorithm.hexDigits)) {
            throw new IllegalArgumentException(
                    "%s is not %d lower-case hex digits".formatted(Bounds.quoted(hex), algorithm.hexDigits));
        }
    }

    /** Returns the digest that these bytes are. */
    public static Digest of(Algorithm algorithm, byte[] bytes) {
        return new Digest(algorithm, HexFormat.of().formatHex(bytes));
    }

    @Override
    public String toString() {
        return algorithm.javaName + " " + hex;
    }

    /** The algorithms in use; every Java platform has them. */
    public enum Algorithm {
        /** Finds damage, not forgery: all that v1 peers know. */
        MD5("MD5", 32),
        SHA256("SHA-256", 64);

        private final String javaName;
        private final int hexDigits;

        Algorithm(String javaName, int hexDigits) {
            this.javaName = javaName;
            this.hexDigits = hexDigits;
        }

        /** Returns the name {@link java.security.MessageDigest} knows it by. */
        public String javaName() {
            return javaName;
        }
    }
}
