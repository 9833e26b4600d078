package dev.otapair.protocol.release;

import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.message.Alphabet;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Times as files and messages have them: {@code 2026-11-22T10:00:00Z}. By hand, as Java's formatters take longer to be built than a
 * check takes to verify a release.
 *
 * @see "PROTOCOL.md, section 8.1: Metadata"
 */
public final class UtcSeconds {
    private static final String FORM = "dddd-dd-ddTdd:dd:ddZ";
    private static final int HOUR = 11;
    private static final int SECOND = 17;
    private static final long YEAR_0 = -62_167_219_200L;
    private static final long YEAR_10000 = 253_402_300_800L;

    private UtcSeconds() {}

    /**
     * Reads one. As ISO 8601 has it, 24:00:00 is the next day's midnight, and a leap second the one before it.
     *
     * @throws IllegalArgumentException if it is none, or none that exists
     */
    public static Instant parse(String text) {
        if (!hasForm(text)) {
            throw new IllegalArgumentException("not a time like 2026-11-22T10:00:00Z");
        }
        try {
            if (text.startsWith("24", HOUR) || text.startsWith("60", SECOND)) {
                return Instant.parse(text);
            }
            return LocalDateTime.of(
                            number(text, 0, 4),
                            number(text, 5, 7),
                            number(text, 8, 10),
                            number(text, 11, 13),
                            number(text, 14, 16),
                            number(text, 17, 19))
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a time that exists", e);
        }
    }

    /** Writes one out; what is below a second is left out, and what has no four digits of a year is written as Java does. */
    public static String text(Instant time) {
        if (time.getEpochSecond() < YEAR_0 || time.getEpochSecond() >= YEAR_10000) {
            return time.toString();
        }
        LocalDateTime utc = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
        StringBuilder text = new StringBuilder(FORM.length());
        Count.padded(text, 4, utc.getYear()).append('-');
        Count.padded(text, 2, utc.getMonthValue()).append('-');
        Count.padded(text, 2, utc.getDayOfMonth()).append('T');
        Count.padded(text, 2, utc.getHour()).append(':');
        Count.padded(text, 2, utc.getMinute()).append(':');
        return Count.padded(text, 2, utc.getSecond()).append('Z').toString();
    }

    private static boolean hasForm(String text) {
        if (text.length() != FORM.length()) {
            return false;
        }
        for (int i = 0; i < FORM.length(); i++) {
            boolean isDigit = Alphabet.DIGITS.isWord(text.substring(i, i + 1), 1, 1);
            if (FORM.charAt(i) == 'd' ? !isDigit : text.charAt(i) != FORM.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text.substring(from, to));
    }
}
