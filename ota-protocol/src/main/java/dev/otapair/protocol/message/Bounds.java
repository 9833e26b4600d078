package dev.otapair.protocol.message;

/** What several messages hold their fields to. */
final class Bounds {
    /** What a peer sent may be long; what is told of it is not. */
    private static final int MAX_QUOTED = 200;

    private static final int MAX_PLAIN_NAME = 64;
    private static final Alphabet PLAIN_NAME = Alphabet.ALPHANUMERIC.with("._-");

    private Bounds() {}

    /** Says whether this is 1 to 64 letters, digits, dots, underscores and hyphens of ASCII, the first a letter or digit. */
    static boolean isPlainName(String value) {
        return PLAIN_NAME.isWord(value, 1, MAX_PLAIN_NAME) && Alphabet.ALPHANUMERIC.contains(value.charAt(0));
    }

    static String quoted(String value) {
        return value.length() <= MAX_QUOTED ? "'" + value + "'" : "'" + value.substring(0, MAX_QUOTED) + "…'";
    }

    static void requireSize(long size) {
        if (size < 0 || size > Response.PackageResponse.MAX_SIZE) {
            throw new IllegalArgumentException(
                    "size is %d, expected 0 to %d bytes".formatted(size, Response.PackageResponse.MAX_SIZE));
        }
    }

    static void requireAlgorithm(Digest digest, Digest.Algorithm expected) {
        if (digest.algorithm() != expected) {
            throw new IllegalArgumentException("digest is %s, expected %s".formatted(digest.algorithm(), expected));
        }
    }

    static void requireLength(Octets octets, int length) {
        if (octets.length() != length) {
            throw new IllegalArgumentException("has %d bytes, expected %d".formatted(octets.length(), length));
        }
    }
}
