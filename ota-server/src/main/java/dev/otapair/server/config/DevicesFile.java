package dev.otapair.server.config;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.config.ConfigFaults;
import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.message.DeviceId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tokens of single boards: a line per board with its id and its token, separated by white space; lines that start
 * with {@code #} or {@code ;} are comments. Faults name the line, never a token.
 */
final class DevicesFile {
    private static final String KEY = "devices";
    private static final long MAX_BYTES = 64L * 1024 * 1024;

    private DevicesFile() {}

    static Optional<Map<DeviceId, Secret>> read(IniSection section, ConfigFaults faults) {
        return section.path(KEY).map(file -> read(section, file, faults));
    }

    private static Map<DeviceId, Secret> read(IniSection section, Path file, ConfigFaults faults) {
        Map<DeviceId, Secret> tokens = new HashMap<>();
        try {
            if (Files.size(file) > MAX_BYTES) {
                section.fault(KEY, "is '%s', which is larger than %d bytes".formatted(file, MAX_BYTES));
                return Map.of();
            }
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).strip();
                boolean isComment = line.startsWith("#") || line.startsWith(";");
                if (!line.isEmpty() && !isComment) {
                    String fault = add(tokens, line);
                    if (!fault.isEmpty()) {
                        faults.add("%s:%d: %s".formatted(file, i + 1, fault));
                    }
                }
            }
        } catch (IOException e) {
            section.fault(KEY, "is '%s', which cannot be read: %s".formatted(file, FileFault.why(e)));
        }
        return Map.copyOf(tokens);
    }

    /** Returns what is wrong with the line, or an empty text. Who swapped the words has a token where the id should be. */
    private static String add(Map<DeviceId, Secret> tokens, String line) {
        String[] words = line.split("\\s+");
        if (words.length != 2) {
            return "expected two words, the board's id and its token";
        }
        try {
            Secret before = tokens.put(new DeviceId(words[0]), new Secret(words[1]));
            return before == null ? "" : "this board is on an earlier line already; remove one of them";
        } catch (IllegalArgumentException e) {
            return "the id is no board's id: " + e.getMessage();
        }
    }
}
