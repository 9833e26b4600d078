package dev.otapair.protocol.config;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A number with a unit: {@code 90}, {@code 15m}, {@code 4 GiB}.
 *
 * @param number 0 or more
 * @param unit what stands behind it, in ASCII, without blanks around; may be empty
 */
record Quantity(long number, String unit) {
    /**
     * Reads one. By hand, as config.ini is read at each start: to bring up regular expressions costs more than to read it.
     *
     * @param digits how many it may have, up to 18
     * @return empty if it does not begin with a digit, or has too many
     */
    static Optional<Quantity> of(String text, int digits) {
        int end = 0;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        String unit = text.substring(end);
        boolean isPlain = StandardCharsets.US_ASCII.newEncoder().canEncode(unit);
        return end == 0 || end > digits || !isPlain
                ? Optional.empty()
                : Optional.of(new Quantity(Long.parseLong(text.substring(0, end)), unit.strip()));
    }
}
