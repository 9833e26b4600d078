package dev.otapair.protocol.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The text of a config.ini brought from {@code configparser}'s dialect into ini4j's: indented continuation lines are
 * joined with a space to the line they continue, comments and blank lines are emptied. Line numbers stay what they were.
 */
final class IniText {
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final List<String> lines = new ArrayList<>();

    IniText(String text) {
        String body = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        int option = -1;
        int optionIndent = 0;
        for (String line : body.split("\r\n|\n|\r", -1)) {
            String stripped = line.strip();
            boolean isComment = stripped.startsWith("#") || stripped.startsWith(";");
            if (stripped.isEmpty() || isComment) {
                lines.add("");
            } else if (option >= 0 && indent(line) > optionIndent) {
                lines.set(option, lines.get(option) + " " + stripped);
                lines.add("");
            } else {
                option = stripped.startsWith("[") ? -1 : lines.size();
                optionIndent = indent(line);
                lines.add(stripped);
            }
        }
    }

    /** Returns the whole text, with as many lines as it came with. */
    String joined() {
        return String.join("\n", lines);
    }

    /**
     * Finds where a key stands.
     *
     * @param key in lower case
     * @return its line, counted from 1, or 0 when the section does not have it
     */
    int lineOf(String section, String key) {
        String current = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("[") && line.contains("]")) {
                current = line.substring(1, line.indexOf(']')).strip();
            } else if (current.equals(section) && keyOf(line).equals(key)) {
                return i + 1;
            }
        }
        return 0;
    }

    private static String keyOf(String line) {
        return line.split("[=:]", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private static int indent(String line) {
        return line.length() - line.stripLeading().length();
    }
}
