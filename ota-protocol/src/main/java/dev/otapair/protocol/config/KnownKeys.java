package dev.otapair.protocol.config;

import java.util.Map;
import java.util.Set;

/** The keys of config.ini by section: one file serves both ends, so each end knows the other's keys. */
public final class KnownKeys {
    public static final String SERVER = "Server";
    public static final String CLIENT = "Client";

    /** Sections named {@code [Product NAME]} hold the offer of one more product each. */
    public static final String PRODUCT_PREFIX = "Product ";

    static final Set<String> PRODUCT = Set.of("latest");

    private static final Map<String, Set<String>> BY_SECTION = Map.of(
            IniFile.DEFAULT_SECTION,
            Set.of("port", "buffer_size", "security", "security_file", "log_level"),
            SERVER,
            Set.of(
                    "ip",
                    "path",
                    "latest",
                    "keep_releases",
                    "devices",
                    "allow_legacy",
                    "max_clients",
                    "max_connections",
                    "max_per_address",
                    "bandwidth",
                    "client_bandwidth",
                    "poll_interval",
                    "idle_timeout",
                    "tls",
                    "tls_cert",
                    "tls_key",
                    "tls_client_ca",
                    "queue_timeout",
                    "handshake_timeout",
                    "message_timeout",
                    "legacy_idle_timeout",
                    "stall_timeout",
                    "shutdown_timeout",
                    "trusted_keys",
                    "deltas",
                    "delta_dir",
                    "delta_cache",
                    "delta_memory",
                    "delta_wait",
                    "delta_keep",
                    "plan_keep",
                    "state_dir"),
            CLIENT,
            Set.of(
                    "server",
                    "product",
                    "device_id",
                    "legacy_server",
                    "min_rate",
                    "retries",
                    "unpack",
                    "increments",
                    "revalidate",
                    "keep_releases",
                    "pre_download",
                    "pre_install",
                    "hold",
                    "hold_file",
                    "window",
                    "window_zone",
                    "max_deferral",
                    "health_check",
                    "on_event",
                    "hook_timeout",
                    "run_as",
                    "health_timeout",
                    "health_window",
                    "health_interval",
                    "confirm",
                    "interval",
                    "splay",
                    "tls",
                    "tls_ca",
                    "tls_pin",
                    "tls_client_cert",
                    "tls_client_key",
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
                    "trusted_keys",
                    "require_signature",
                    "recovery_keys",
                    "threshold",
                    "on_expired",
                    "state_dir"));

    private KnownKeys() {}

    /** Returns the known keys, in lower case, by the section they belong to. */
    public static Map<String, Set<String>> bySection() {
        return BY_SECTION;
    }

    /** Says whether a section is one of ours: a message may name it. */
    static boolean isSection(String name) {
        return BY_SECTION.containsKey(name);
    }

    /** Says whether a key is one of ours, in whatever section: a message may name it. */
    static boolean isKey(String key) {
        return BY_SECTION.values().stream().anyMatch(keys -> keys.contains(key));
    }
}
