package dev.otapair.protocol.config;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the public keys are that may sign releases: {@code trusted_keys}, else a folder beside config.ini. */
public final class TrustedKeys {
    private static final String KEY = "trusted_keys";
    private static final String BESIDE = "keys.d";

    private TrustedKeys() {}

    /** Finds the folder; it need not exist, unless config.ini names it. */
    public static Path folderOf(IniSection section) {
        section.path(KEY)
                .filter(folder -> !Files.isDirectory(folder))
                .ifPresent(folder -> section.fault(
                        KEY,
                        "is '%s', which is not a folder; create it, and put the keys' *.pub files there"
                                .formatted(folder)));
        return section.path(KEY).orElseGet(() -> section.besideFile(BESIDE));
    }
}
