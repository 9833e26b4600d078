package dev.otapair.protocol.config;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Collects what is wrong with a configuration, so that an operator sees all of it at once and each fault once: in the
 * order of the lines, then what has no line. Not thread-safe.
 */
public final class ConfigFaults {
    private final Map<String, Integer> lines = new LinkedHashMap<>();

    /** Adds one fault: a whole sentence with file, section, key, value and what was expected. */
    public void add(String fault) {
        add(Integer.MAX_VALUE, fault);
    }

    /** @throws OtaException {@link ErrorCode#CONFIG_INVALID} with a line per fault, if there is one */
    public void throwIfAny() {
        if (!lines.isEmpty()) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID,
                    lines.entrySet().stream()
                            .sorted(Map.Entry.comparingByValue())
                            .map(Map.Entry::getKey)
                            .collect(Collectors.joining("\n")));
        }
    }

    /** @param line of config.ini, counted from 1 */
    void add(int line, String fault) {
        lines.putIfAbsent(fault, line);
    }

    void addAll(ConfigFaults others) {
        others.lines.forEach((fault, line) -> add(line, fault));
    }
}
