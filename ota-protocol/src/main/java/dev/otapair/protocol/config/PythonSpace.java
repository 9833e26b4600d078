package dev.otapair.protocol.config;

/** White space as Python's {@code str.strip} has it: Unicode's, the unbreakable spaces included. */
final class PythonSpace {
    private PythonSpace() {}

    /** Takes it off both ends. */
    static String strip(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(Math.min(indent(text), end), end);
    }

    /** Counts the characters of it that a line starts with. */
    static int indent(String line) {
        int indent = 0;
        while (indent < line.length() && isSpace(line.charAt(indent))) {
            indent++;
        }
        return indent;
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || c == '\u0085' || c == '\u00a0' || c == '\u2007' || c == '\u202f';
    }
}
