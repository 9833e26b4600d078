package dev.otapair.client.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The lines of the state folder's files, each of which ends with a line feed. By loops: several files are read at each check. */
final class Lines {
    private Lines() {}

    /** Returns the lines without their ends. */
    static List<String> of(String text) {
        return of(text, line -> line);
    }

    /** Returns what each line says. */
    static <T> List<T> of(String text, Function<String, T> parse) {
        List<T> lines = new ArrayList<>();
        int begin = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', begin)) {
            lines.add(parse.apply(text.substring(begin, end)));
            begin = end + 1;
        }
        if (begin < text.length()) {
            lines.add(parse.apply(text.substring(begin)));
        }
        return List.copyOf(lines);
    }

    /** Returns what follows the start of the first line that has it. */
    static Optional<String> value(List<String> lines, String start) {
        for (String line : lines) {
            if (line.startsWith(start)) {
                return Optional.of(line.substring(start.length()));
            }
        }
        return Optional.empty();
    }
}
