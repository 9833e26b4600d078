package dev.otapair.protocol.config;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Where the public keys are that may sign releases: {@code trusted_keys}, else a folder beside config.ini. */
public final class TrustedKeys {
    private static final String KEY = "trusted_keys";
    private static final String BESIDE = "keys.d";

    private TrustedKeys() {}

    /**
     * Finds the folder; it need not exist, unless config.ini names it. What is there and is no folder was meant to be one: it is
     * a fault, and not a board without keys.
     */
    public static Path folderOf(IniSection section) {
        Path folder = section.path(KEY).orElseGet(() -> section.besideFile(BESIDE));
        boolean isMeant = section.path(KEY).isPresent() || Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
        if (isMeant && !Files.isDirectory(folder)) {
            section.fault(
                    KEY,
                    "is '%s', which is not a folder; create it, and put the keys' *.pub files there".formatted(folder));
        }
        return folder;
    }
}
