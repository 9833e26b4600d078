package dev.otapair.client.install;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a script is started without a shell reading its name: by itself, by the program of its #! line, or by /bin/sh. */
final class ScriptCommand {
    private static final int FIRST_LINE_BYTES = 256;

    private ScriptCommand() {}

    /**
     * Returns the words to execute.
     *
     * @param script absolute; a regular file
     * @throws IOException if it cannot be read
     */
    static List<String> of(Path script) throws IOException {
        List<String> words = new ArrayList<>();
        if (!Files.isExecutable(script)) {
            words.addAll(interpreter(script));
        }
        words.add(script.toString());
        return words;
    }

    /** As the kernel does it: the program, and all that follows as one argument. */
    private static List<String> interpreter(Path script) throws IOException {
        String firstLine = firstLine(script);
        if (!firstLine.startsWith("#!")) {
            return List.of("/bin/sh");
        }
        String[] words = firstLine.substring(2).strip().split("\\s+", 2);
        return words[0].isEmpty() ? List.of("/bin/sh") : List.of(words);
    }

    private static String firstLine(Path script) throws IOException {
        try (InputStream in = Files.newInputStream(script)) {
            String start = new String(in.readNBytes(FIRST_LINE_BYTES), StandardCharsets.UTF_8);
            return start.lines().findFirst().orElse("");
        }
    }
}
