package dev.otapair.protocol.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The text of a config.ini brought from {@code configparser}'s dialect into ini4j's, line by line: continuation lines are
 * joined with a space to the line they continue, comments and what is at fault are emptied. A fault names its line and
 * quotes only what is known: a line that lost its {@code =} may be a token.
 */
final class IniText {
    private static final String BYTE_ORDER_MARK = "\ufeff";

    /** Around names and values, because ini4j takes control characters for white space and Python does not. */
    private static final String GUARD = "\"";

    private final Path path;
    private final ConfigFaults faults = new ConfigFaults();
    private final List<StringBuilder> lines = new ArrayList<>();
    private final Map<String, Integer> sections = new LinkedHashMap<>();
    private final Map<String, Map<String, Option>> options = new LinkedHashMap<>();

    private String section = "";

    /** Where the option stands that a deeper line continues; -1 while there is none. */
    private int option = -1;

    private String key = "";
    private int indent;

    /**
     * Where a key stands.
     *
     * @param line counted from 1
     * @param isContinued whether its value goes on in further lines
     */
    record Option(int line, boolean isContinued) {}

    /** @param path of the file, for the faults */
    IniText(Path path, String text) {
        this.path = path;
        String body = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        int begin = 0;
        for (int end = 0; end < body.length(); end++) {
            if (body.charAt(end) == '\n' || body.charAt(end) == '\r') {
                read(body.substring(begin, end));
                end += body.startsWith("\r\n", end) ? 1 : 0;
                begin = end + 1;
            }
        }
        read(body.substring(begin));
    }

    /** Takes the guards off a name or a value that ini4j read, and the white space with which a continuation starts. */
    static String unguarded(String text) {
        return PythonSpace.strip(text.substring(GUARD.length(), text.length() - GUARD.length()));
    }

    /** As {@link #unguarded}, for what is taken with its white space. */
    static String sectionName(String text) {
        return text.substring(GUARD.length(), text.length() - GUARD.length());
    }

    /** Returns the whole text, with as many lines as it came with. */
    String joined() {
        return String.join("\n", lines);
    }

    /** Returns what no reader of such files understands. */
    ConfigFaults faults() {
        return faults;
    }

    /** Returns where a section begins. */
    int lineOf(String name) {
        return sections.getOrDefault(name, 0);
    }

    /**
     * Finds where a key stands.
     *
     * @param key in lower case
     * @return line 0 when the section does not have it
     */
    Option option(String name, String key) {
        return options.getOrDefault(name, Map.of()).getOrDefault(key, new Option(0, false));
    }

    private void read(String line) {
        String stripped = PythonSpace.strip(line);
        boolean isComment = stripped.startsWith("#") || stripped.startsWith(";");
        lines.add(new StringBuilder());
        if (stripped.isEmpty() || isComment) {
            return;
        }
        if (option >= 0 && PythonSpace.indent(line) > indent) {
            goOn(stripped);
        } else {
            indent = PythonSpace.indent(line);
            begin(stripped);
        }
    }

    private void begin(String line) {
        int end = line.lastIndexOf(']');
        if (line.startsWith("[") && end > 1) {
            option = -1;
            section = line.substring(1, end);
            beginSection();
        } else {
            option = lines.size() - 1;
            beginOption(line);
        }
    }

    private void beginSection() {
        Integer first = sections.putIfAbsent(section, lines.size());
        boolean isRepeated = first != null && !section.equals(IniFile.DEFAULT_SECTION);
        if (isRepeated) {
            String name = KnownKeys.isSection(section) ? "section [%s]".formatted(section) : "a section";
            fault("%s is there twice, first in line %d; merge them into one".formatted(name, first));
        }
        set("[" + GUARD + section + GUARD + "]");
    }

    private void beginOption(String line) {
        int separator = separator(line);
        key = PythonSpace.strip(line.substring(0, separator)).toLowerCase(Locale.ROOT);
        if (separator == line.length() || key.isEmpty()) {
            fault("the line is no [section] and no key = value (with an ASCII = or :)");
        } else if (sections.isEmpty()) {
            fault("a key before any [section]; begin the file with [DEFAULT]");
        } else {
            Option first = options.computeIfAbsent(section, name -> new LinkedHashMap<>())
                    .putIfAbsent(key, new Option(lines.size(), false));
            if (first == null) {
                set(GUARD + key + GUARD + "=" + GUARD + PythonSpace.strip(line.substring(separator + 1)) + GUARD);
            } else {
                boolean isKnown = KnownKeys.isSection(section) && KnownKeys.isKey(key);
                String name = isKnown ? "[%s] %s".formatted(section, key) : "a key";
                fault("%s is there twice, first in line %d; remove one of them".formatted(name, first.line()));
            }
        }
    }

    /** Returns where the first one stands; the line's length if there is none. */
    private static int separator(String line) {
        int at = 0;
        while (at < line.length() && line.charAt(at) != '=' && line.charAt(at) != ':') {
            at++;
        }
        return at;
    }

    private void goOn(String line) {
        StringBuilder begun = lines.get(option);
        if (!begun.isEmpty()) {
            begun.insert(begun.length() - GUARD.length(), " " + line);
            options.get(section).put(key, new Option(option + 1, true));
        }
    }

    private void set(String line) {
        lines.get(lines.size() - 1).append(line);
    }

    private void fault(String fault) {
        faults.add(lines.size(), "%s:%d: %s".formatted(path, lines.size(), fault));
    }
}
