package dev.otapair.protocol.log;

/** Numbers for people. */
public final class Count {
    private Count() {}

    /**
     * Returns how many there are of something: {@code 1 place}, {@code 1,204 places}.
     *
     * @param one what one of them is called, of a word that takes an s
     */
    public static String of(long number, String one) {
        return grouped(number) + " " + one + (number == 1 ? "" : "s");
    }

    /** Returns a number of 0 or more with a comma before each three digits: as {@code %,d}, in the same way in all languages. */
    public static String grouped(long number) {
        StringBuilder digits = new StringBuilder(Long.toString(number));
        for (int at = digits.length() - 3; at > 0; at -= 3) {
            digits.insert(at, ',');
        }
        return digits.toString();
    }

    /**
     * Adds a number of 0 or more with zeros before it: as {@code %02d}, without a formatter, which would have to be brought up.
     *
     * @param width of the number, which has no more digits
     * @return the text
     */
    public static StringBuilder padded(StringBuilder text, int width, int number) {
        String digits = Integer.toString(number);
        return text.append("0".repeat(width - digits.length())).append(digits);
    }
}
