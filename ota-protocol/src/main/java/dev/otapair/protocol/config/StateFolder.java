package dev.otapair.protocol.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where a program keeps its state: {@code state_dir}, else the folder systemd made for it, else beside config.ini. */
public final class StateFolder {
    private static final String KEY = "state_dir";

    /** Set by systemd's StateDirectory=; several folders are separated by colons. */
    private static final String SYSTEMD = "STATE_DIRECTORY";

    private StateFolder() {}

    /**
     * Finds the folder; it need not exist.
     *
     * @param environment of this process
     * @param beside name of the folder beside the config file
     */
    public static Path of(IniSection section, Map<String, String> environment, String beside) {
        return section.path(KEY)
                .or(() -> Optional.ofNullable(environment.get(SYSTEMD))
                        .map(folders -> folders.split(":")[0])
                        .filter(folder -> !folder.isEmpty())
                        .map(Path::of))
                .orElseGet(() -> section.besideFile(beside));
    }
}
