package dev.otapair.protocol.message;

import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Numbers of objects, as ranges: {@code 3,7-12}. Immutable.
 *
 * @see "PROTOCOL.md, section 9: Increments"
 */
public final class ObjectNumbers {
    /** No numbers. */
    public static final ObjectNumbers NONE = new ObjectNumbers(new BitSet());

    /** Of the text: what a message has room for. */
    public static final int MAX_CHARACTERS = 1000;

    /** The highest number. */
    public static final int MAX = 9_999_999;

    private static final Pattern RANGE = Pattern.compile("(0|[1-9][0-9]{0,6})(?:-([1-9][0-9]{0,6}))?");

    private final BitSet numbers;

    private ObjectNumbers(BitSet numbers) {
        this.numbers = numbers;
    }

    /** @throws IllegalArgumentException if one is below 0 or above {@value #MAX} */
    public static ObjectNumbers of(Iterable<Integer> numbers) {
        BitSet bits = new BitSet();
        for (int number : numbers) {
            if (number < 0 || number > MAX) {
                throw new IllegalArgumentException("number %d is out of bounds".formatted(number));
            }
            bits.set(number);
        }
        return new ObjectNumbers(bits);
    }

    /**
     * Reads them.
     *
     * @param text ascending ranges without an overlap, as {@link #toString} writes them
     * @throws IllegalArgumentException if it is none of that
     */
    public static ObjectNumbers parse(String text) {
        BitSet bits = new BitSet();
        for (String range : text.isEmpty() ? List.<String>of() : List.of(text.split(",", -1))) {
            Matcher matcher = RANGE.matcher(range);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("not ranges of numbers");
            }
            int first = Integer.parseInt(matcher.group(1));
            int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
            if (last < first) {
                throw new IllegalArgumentException("a range that ends before it begins");
            }
            bits.set(first, last + 1);
        }
        ObjectNumbers read = new ObjectNumbers(bits);
        if (text.length() > MAX_CHARACTERS || !read.toString().equals(text)) {
            throw new IllegalArgumentException("not as ranges are written");
        }
        return read;
    }

    public boolean isEmpty() {
        return numbers.isEmpty();
    }

    public boolean contains(int number) {
        return numbers.get(number);
    }

    /** Returns them, ascending. */
    public IntStream stream() {
        return numbers.stream();
    }

    /** Returns these and others. */
    public ObjectNumbers with(ObjectNumbers others) {
        BitSet all = (BitSet) numbers.clone();
        all.or(others.numbers);
        return new ObjectNumbers(all);
    }

    /** Says whether a message has room for them. */
    public boolean fits() {
        return toString().length() <= MAX_CHARACTERS;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ObjectNumbers that && numbers.equals(that.numbers);
    }

    @Override
    public int hashCode() {
        return numbers.hashCode();
    }

    /** Returns the text: ascending, ranges as long as can be. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int first = numbers.nextSetBit(0); first >= 0; ) {
            int end = numbers.nextClearBit(first);
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (end > first + 1) {
                text.append('-').append(end - 1);
            }
            first = numbers.nextSetBit(end);
        }
        return text.toString();
    }
}
