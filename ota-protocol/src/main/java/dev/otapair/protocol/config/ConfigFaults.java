package dev.otapair.protocol.config;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a configuration, so that an operator sees all of it at once. Not thread-safe. */
public final class ConfigFaults {
    private final List<String> faults = new ArrayList<>();

    /** Adds one fault: a whole sentence with file, section, key, value and what was expected. */
    public void add(String fault) {
        faults.add(fault);
    }

    /** @throws OtaException {@link ErrorCode#CONFIG_INVALID} with a line per fault, if there is one */
    public void throwIfAny() {
        if (!faults.isEmpty()) {
            throw new OtaException(ErrorCode.CONFIG_INVALID, String.join("\n", faults));
        }
    }
}
