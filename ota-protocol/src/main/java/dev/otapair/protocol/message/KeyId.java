package dev.otapair.protocol.message;

import java.util.Collection;
import java.util.StringJoiner;

/**
 * Names a signing key: the start of the SHA-256 of its public half.
 *
 * @param value {@value #HEX_DIGITS} lower-case hexadecimal digits
 * @see "PROTOCOL.md, section 8.2: Signatures"
 */
public record KeyId(String value) implements Comparable<KeyId> {
    /** Characters of an id. */
    public static final int HEX_DIGITS = 16;

    public KeyId {
        if (!Alphabet.LOWER_HEX.isWord(value, HEX_DIGITS, HEX_DIGITS)) {
            throw new IllegalArgumentException(
                    "%s is no key id: expected %d lower-case hex digits".formatted(Bounds.quoted(value), HEX_DIGITS));
        }
    }

    /** Returns some in words: separated by commas. */
    public static String words(Collection<KeyId> keys) {
        StringJoiner words = new StringJoiner(", ");
        for (KeyId key : keys) {
            words.add(key.value);
        }
        return words.toString();
    }

    @Override
    public int compareTo(KeyId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
