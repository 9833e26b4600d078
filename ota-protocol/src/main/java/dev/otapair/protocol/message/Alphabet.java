package dev.otapair.protocol.message;

/**
 * A set of ASCII characters that words are of. In place of regular expressions, which cost a start of the client more than its
 * messages, and a server more than to read them. Immutable.
 */
public final class Alphabet {
    public static final Alphabet DIGITS = new Alphabet("0123456789");
    public static final Alphabet LOWER_HEX = new Alphabet("0123456789abcdef");
    /** Of addresses as they are written in colons; a zone is no part of it. */
    public static final Alphabet IPV6 = new Alphabet("0123456789abcdefABCDEF:.");

    public static final Alphabet UPPER = new Alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    static final Alphabet LOWER = new Alphabet("abcdefghijklmnopqrstuvwxyz");
    public static final Alphabet ALPHANUMERIC =
            new Alphabet("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /** A bit for each character below 128. */
    private final long low;

    private final long high;

    private Alphabet(String characters) {
        long first = 0;
        long second = 0;
        for (int i = 0; i < characters.length(); i++) {
            char c = characters.charAt(i);
            if (c < Long.SIZE) {
                first |= 1L << c;
            } else {
                second |= 1L << c;
            }
        }
        low = first;
        high = second;
    }

    private Alphabet(long low, long high) {
        this.low = low;
        this.high = high;
    }

    /** Returns this one with further characters. */
    public Alphabet with(String characters) {
        Alphabet more = new Alphabet(characters);
        return new Alphabet(low | more.low, high | more.high);
    }

    /** Says whether a text is of these characters alone, and of so many of them. */
    public boolean isWord(String text, int least, int most) {
        if (text.length() < least || text.length() > most) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (!contains(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    boolean contains(char c) {
        return c < 128 && ((c < Long.SIZE ? low : high) >>> c & 1) == 1;
    }
}
