package dev.otapair.protocol.delta;

import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.message.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of a plan, its end not included: a piece.
 *
 * @see "PROTOCOL.md, section 9.2: Plans"
 */
final class PieceLine {
    private static final String PIECE = "piece";
    private static final String NO_NUMBERS = "-";
    private static final int FIELDS = 7;
    private static final Pattern LENGTH = Pattern.compile("[1-9][0-9]{0,17}");
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,7})(?:-([0-9]{1,7}))?(?:,|$)");

    private PieceLine() {}

    /** Returns the one way to write a piece. */
    static String of(Piece piece) {
        return String.join(
                " ",
                PIECE,
                piece.coding().wireName(),
                Long.toString(piece.length()),
                piece.sha256().hex(),
                word(piece.side()),
                ranges(piece.from()),
                ranges(piece.makes()));
    }

    /**
     * Reads a line.
     *
     * @param room how many numbers it may have
     * @throws IllegalArgumentException if it is none, or not as it would be written
     */
    static Piece read(String line, int room) {
        String[] fields = line.split(" ", FIELDS + 1);
        if (fields.length != FIELDS || !fields[0].equals(PIECE)) {
            throw new IllegalArgumentException("is not a piece of %d fields".formatted(FIELDS));
        }
        List<Integer> from = numbers(fields[5], room);
        List<Integer> makes = numbers(fields[6], room - from.size());
        Piece piece = new Piece(
                coding(fields[1]),
                length(fields[2]),
                new Digest(Digest.Algorithm.SHA256, fields[3]),
                side(fields[4]),
                from,
                makes);
        if (!of(piece).equals(line)) {
            throw new IllegalArgumentException("is not as it would be written");
        }
        return piece;
    }

    private static Coding coding(String word) {
        return Coding.ofWireName(word).orElseThrow(() -> new IllegalArgumentException("has no coding that is known"));
    }

    private static long length(String text) {
        if (!LENGTH.matcher(text).matches()) {
            throw new IllegalArgumentException("has no length of 1 to 18 digits");
        }
        return Long.parseLong(text);
    }

    private static Side side(String word) {
        return Arrays.stream(Side.values())
                .filter(side -> word(side).equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("has no side: neither new nor old"));
    }

    private static String word(Side side) {
        return side.name().toLowerCase(Locale.ROOT);
    }

    private static String ranges(List<Integer> numbers) {
        StringBuilder text = new StringBuilder();
        for (int first = 0; first < numbers.size(); ) {
            int last = first;
            while (last + 1 < numbers.size() && numbers.get(last + 1) == numbers.get(last) + 1) {
                last++;
            }
            text.append(text.isEmpty() ? "" : ",").append(numbers.get(first));
            if (last > first) {
                text.append('-').append(numbers.get(last));
            }
            first = last + 1;
        }
        return text.isEmpty() ? NO_NUMBERS : text.toString();
    }

    /** Counts before it lists: a few bytes can name millions. */
    private static List<Integer> numbers(String text, int room) {
        List<Integer> numbers = new ArrayList<>();
        if (text.equals(NO_NUMBERS)) {
            return numbers;
        }
        Matcher range = RANGE.matcher(text);
        int end = 0;
        while (end < text.length()) {
            if (!range.region(end, text.length()).lookingAt()) {
                throw new IllegalArgumentException("has something else than ranges of numbers");
            }
            int first = Integer.parseInt(range.group(1));
            int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
            if (last - first >= room - numbers.size()) {
                throw new IllegalArgumentException("goes beyond %d numbers in all".formatted(Plan.MAX_NUMBERS));
            }
            for (int number = first; number <= last; number++) {
                numbers.add(number);
            }
            end = range.end();
        }
        return numbers;
    }
}
