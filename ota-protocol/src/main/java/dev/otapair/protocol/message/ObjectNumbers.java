package dev.otapair.protocol.message;

import java.util.Arrays;
import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Numbers of objects, as ranges: {@code 3,7-12}. Immutable; takes room by the range, however many numbers that is.
 *
 * @see "PROTOCOL.md, section 9: Increments"
 */
public final class ObjectNumbers {
    /** No numbers. */
    public static final ObjectNumbers NONE = new ObjectNumbers();

    /** Of the text: what a message has room for. */
    public static final int MAX_CHARACTERS = 1000;

    /** The highest number. */
    public static final int MAX = 9_999_999;

    private static final Pattern RANGE = Pattern.compile("(0|[1-9][0-9]{0,6})(?:-([1-9][0-9]{0,6}))?");

    /** Strictly ascending: where a range begins, and where it has ended, by turns. */
    private final int[] bounds;

    private ObjectNumbers(int... bounds) {
        this.bounds = bounds;
    }

    /**
     * Takes them in any order.
     *
     * @throws IllegalArgumentException if one is below 0 or above {@value #MAX}
     */
    public static ObjectNumbers of(Iterable<Integer> numbers) {
        BitSet bits = new BitSet();
        for (int number : numbers) {
            if (number < 0 || number > MAX) {
                throw new IllegalArgumentException("number %d is out of bounds".formatted(number));
            }
            bits.set(number);
        }
        IntStream.Builder bounds = IntStream.builder();
        for (int first = bits.nextSetBit(0); first >= 0; ) {
            int end = bits.nextClearBit(first);
            bounds.add(first).add(end);
            first = bits.nextSetBit(end);
        }
        return new ObjectNumbers(bounds.build().toArray());
    }

    /**
     * Reads them.
     *
     * @param text ascending ranges, as {@link #toString} writes them
     * @throws IllegalArgumentException if it is none of that, or longer than {@value #MAX_CHARACTERS} characters
     */
    public static ObjectNumbers parse(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException("more than %d characters".formatted(MAX_CHARACTERS));
        }
        if (text.isEmpty()) {
            return NONE;
        }
        String[] ranges = text.split(",", -1);
        int[] bounds = new int[2 * ranges.length];
        for (int i = 0; i < ranges.length; i++) {
            Matcher range = RANGE.matcher(ranges[i]);
            if (!range.matches()) {
                throw new IllegalArgumentException("not ranges of numbers");
            }
            bounds[2 * i] = Integer.parseInt(range.group(1));
            bounds[2 * i + 1] = 1 + Integer.parseInt(range.group(range.group(2) == null ? 1 : 2));
        }
        ObjectNumbers read = new ObjectNumbers(bounds);
        boolean ascends = IntStream.range(1, bounds.length).allMatch(i -> bounds[i - 1] < bounds[i]);
        if (!ascends || !read.toString().equals(text)) {
            throw new IllegalArgumentException("not as ranges are written");
        }
        return read;
    }

    public boolean isEmpty() {
        return bounds.length == 0;
    }

    /** Returns them, ascending; of what a peer sent there may be ten million. */
    public IntStream stream() {
        return IntStream.range(0, bounds.length / 2)
                .flatMap(range -> IntStream.range(bounds[2 * range], bounds[2 * range + 1]));
    }

    /** Returns these and others. */
    public ObjectNumbers with(ObjectNumbers others) {
        return of(() -> IntStream.concat(stream(), others.stream()).iterator());
    }

    /** Says whether a message has room for them. */
    public boolean fits() {
        return toString().length() <= MAX_CHARACTERS;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ObjectNumbers that && Arrays.equals(bounds, that.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    /** Returns the text: ascending, ranges as long as can be. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bounds.length; i += 2) {
            int last = bounds[i + 1] - 1;
            text.append(i == 0 ? "" : ",").append(bounds[i]);
            if (last > bounds[i]) {
                text.append('-').append(last);
            }
        }
        return text.toString();
    }
}
