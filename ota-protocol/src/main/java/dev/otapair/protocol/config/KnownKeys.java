package dev.otapair.protocol.config;

import java.util.Map;
import java.util.Set;

/** The keys of config.ini by section: one file serves both ends, so each end knows the other's keys. */
public final class KnownKeys {
    public static final String SERVER = "Server";
    public static final String CLIENT = "Client";

    private static final Map<String, Set<String>> BY_SECTION = Map.of(
            IniFile.DEFAULT_SECTION,
            Set.of("port", "buffer_size", "security", "log_level"),
            SERVER,
            Set.of(
                    "ip",
                    "path",
                    "latest",
                    "max_clients",
                    "queue_timeout",
                    "handshake_timeout",
                    "message_timeout",
                    "legacy_idle_timeout",
                    "stall_timeout",
                    "shutdown_timeout",
                    "state_dir"),
            CLIENT,
            Set.of(
                    "server",
                    "path",
                    "latest",
                    "after_process",
                    "after_proccess",
                    "script_timeout",
                    "max_package_size",
                    "connect_timeout",
                    "handshake_timeout",
                    "response_timeout",
                    "read_timeout",
                    "state_dir"));

    private KnownKeys() {}

    /** Returns the known keys, in lower case, by the section they belong to. */
    public static Map<String, Set<String>> bySection() {
        return BY_SECTION;
    }
}
