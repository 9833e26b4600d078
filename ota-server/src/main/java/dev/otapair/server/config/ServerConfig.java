package dev.otapair.server.config;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.config.ConfigFaults;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.config.StateFolder;
import dev.otapair.protocol.config.TokenSource;
import dev.otapair.protocol.config.TrustedKeys;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Response.HeaderResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the server's sections say, checked. Immutable; equal when a running server would behave alike.
 *
 * @param address where to listen; port 0 lets the system choose
 * @param deltas how increments are made and kept
 * @param keepReleases how many releases of each product stay at least, 1 to 100,000; empty is all
 * @param trustedKeys folder of the keys that boards trust, for those who publish; need not exist
 * @param pollInterval when boards that stay are to ask again; empty leaves it to them
 * @param stateFolder where the server keeps what it must not forget; need not exist
 * @param logLevel how much is logged
 */
public record ServerConfig(
        InetSocketAddress address,
        Access access,
        Offers offers,
        OptionalInt keepReleases,
        Limits limits,
        Timeouts timeouts,
        TlsFiles tls,
        Optional<Duration> pollInterval,
        Deltas deltas,
        Path trustedKeys,
        Path stateFolder,
        LogLevel logLevel) {

    private static final int DEFAULT_PORT = 1234;
    private static final int MAX_PORT = 65535;
    private static final int MIN_CONNECTIONS = 512;
    private static final int MAX_KEPT = 100_000;
    private static final String STATE_FOLDER = ".ota-server";

    /** Below it the shaper, which holds a chunk of 64 KiB for 15 s at most, could not keep the rate. */
    private static final long MIN_RATE = 8 * 1024;

    private static final long MIN_CACHE = 16L << 20;
    private static final long DEFAULT_CACHE = 4L << 30;
    private static final long DEFAULT_MEMORY = 2L << 30;
    private static final Duration MIN_PLAN_KEEP = Duration.ofHours(1);

    /** Says whether another one differs from this one in nothing but what is on offer. */
    boolean differsInOffersOnly(ServerConfig other) {
        ServerConfig offering = new ServerConfig(
                address,
                access,
                other.offers,
                keepReleases,
                limits,
                timeouts,
                tls,
                pollInterval,
                deltas,
                trustedKeys,
                stateFolder,
                logLevel);
        return !offers.equals(other.offers) && offering.equals(other);
    }

    /**
     * Who is let in.
     *
     * @param secret the token of the fleet
     * @param devices tokens by board; when present, v2 boards are let in by these alone
     * @param allowLegacy whether the v1 handshake is taken, with the fleet's token in clear
     */
    public record Access(Secret secret, Optional<Map<DeviceId, Secret>> devices, boolean allowLegacy) {}

    /**
     * How much at a time.
     *
     * @param maxClients sessions past the handshake, 1 to 100,000
     * @param maxConnections connections of any kind
     * @param maxPerAddress connections of one address; 0 is no limit
     * @param bandwidth payload bytes per second in all; empty is no limit
     * @param clientBandwidth payload bytes per second for each connection; empty is no limit
     */
    public record Limits(
            int maxClients,
            int maxConnections,
            int maxPerAddress,
            OptionalLong bandwidth,
            OptionalLong clientBandwidth) {
        /** Says whether payload is sent slower than it could be. */
        public boolean isShaped() {
            return bandwidth.isPresent() || clientBandwidth.isPresent();
        }
    }

    /**
     * How long.
     *
     * @param queue how long a v1 handshake may wait for a place
     * @param handshake from accept to a good handshake, without the time the server owes the answer
     * @param message from the first byte of a message to its last
     * @param idle silence of a v2 session past the handshake
     * @param legacyIdle the same in v1: long, because the old client prompts while connected
     * @param stall while sending: time in which the peer takes not one byte
     * @param shutdown how long running transfers may go on after SIGTERM
     */
    public record Timeouts(
            Duration queue,
            Duration handshake,
            Duration message,
            Duration idle,
            Duration legacyIdle,
            Duration stall,
            Duration shutdown) {}

    /**
     * Increments.
     *
     * @param isOn whether boards may ask for them
     * @param folder where patches and plans are kept; need not exist
     * @param cacheBytes how much that folder may hold, but for what boards are busy with
     * @param memoryBytes what the process that makes a patch may take, {@value #MIN_MEMORY} at least
     * @param patience how long a board is let wait for a plan
     * @param keep of how many of the newest releases of a product patches are made ahead, 0 to 100
     * @param planKeep how long a plan is kept after a board was answered with it
     */
    public record Deltas(
            boolean isOn,
            Path folder,
            long cacheBytes,
            long memoryBytes,
            Duration patience,
            int keep,
            Duration planKeep) {
        /** 512 MiB. */
        public static final long MIN_MEMORY = 512L * 1024 * 1024;
    }

    /**
     * Reads the sections, and the files they name.
     *
     * @param environment of this process
     * @throws OtaException CONFIG_INVALID, naming every fault
     */
    public static ServerConfig read(IniFile file, Map<String, String> environment) {
        ConfigFaults faults = new ConfigFaults();
        IniSection section = file.section(KnownKeys.SERVER, faults);
        ServerConfig config = new ServerConfig(
                address(section),
                new Access(
                        new Secret(TokenSource.of(section, environment)),
                        DevicesFile.read(section, faults),
                        section.flag("allow_legacy", true)),
                Offers.read(file, section, stateFolder(section, environment), faults),
                keepReleases(section),
                limits(section),
                timeouts(section),
                TlsFiles.read(section),
                pollInterval(section),
                deltas(section, stateFolder(section, environment)),
                TrustedKeys.folderOf(section),
                stateFolder(section, environment),
                section.choice("log_level", LogLevel.class, LogLevel.INFO));
        faults.throwIfAny();
        return config;
    }

    /** Finds where the server keeps its state, which config.ini may leave to others. */
    static Path stateFolder(IniSection section, Map<String, String> environment) {
        return StateFolder.of(section, environment, STATE_FOLDER);
    }

    private static Limits limits(IniSection section) {
        int maxClients = section.number("max_clients", 1, 100_000, 100);
        return new Limits(
                maxClients,
                section.number("max_connections", 1, 1_000_000, Math.max(MIN_CONNECTIONS, 2 * maxClients)),
                section.number("max_per_address", 0, 1_000_000, 0),
                rate(section, "bandwidth"),
                rate(section, "client_bandwidth"));
    }

    private static OptionalInt keepReleases(IniSection section) {
        int all = 0;
        int newest = section.number("keep_releases", 1, MAX_KEPT, all);
        return newest == all ? OptionalInt.empty() : OptionalInt.of(newest);
    }

    private static Timeouts timeouts(IniSection section) {
        return new Timeouts(
                section.duration("queue_timeout", Duration.ofSeconds(300)),
                section.duration("handshake_timeout", Duration.ofSeconds(15)),
                section.duration("message_timeout", Duration.ofSeconds(10)),
                section.duration("idle_timeout", Duration.ofSeconds(60)),
                section.duration("legacy_idle_timeout", Duration.ofSeconds(900)),
                section.duration("stall_timeout", Duration.ofSeconds(300)),
                section.duration("shutdown_timeout", Duration.ofSeconds(30)));
    }

    private static Deltas deltas(IniSection section, Path stateFolder) {
        return new Deltas(
                section.flag("deltas", true),
                section.path("delta_dir").orElseGet(() -> stateFolder.resolve("deltas")),
                atLeast(section, "delta_cache", MIN_CACHE, DEFAULT_CACHE),
                atLeast(section, "delta_memory", Deltas.MIN_MEMORY, DEFAULT_MEMORY),
                section.duration("delta_wait", Duration.ofSeconds(30)),
                section.number("delta_keep", 0, 100, 5),
                planKeep(section));
    }

    private static long atLeast(IniSection section, String key, long least, long absent) {
        long bytes = section.bytes(key).orElse(absent);
        if (bytes < least) {
            section.fault(key, "is less than %dM".formatted(least >> 20));
        }
        return bytes;
    }

    /** A plan has to outlive the transfer of any of its pieces. */
    private static Duration planKeep(IniSection section) {
        Duration keep = section.duration("plan_keep", Duration.ofDays(7));
        if (keep.compareTo(MIN_PLAN_KEEP) < 0) {
            section.fault("plan_keep", "is less than 1h");
        }
        return keep;
    }

    private static Optional<Duration> pollInterval(IniSection section) {
        Duration none = Duration.ZERO;
        Duration interval = section.duration("poll_interval", none);
        if (interval != none
                && (interval.toSeconds() < HeaderResponse.MIN_POLL_SECONDS
                        || interval.toSeconds() > HeaderResponse.MAX_POLL_SECONDS)) {
            section.fault("poll_interval", "is %d s, expected 10 s to 1 d".formatted(interval.toSeconds()));
        }
        return interval == none ? Optional.empty() : Optional.of(interval);
    }

    private static OptionalLong rate(IniSection section, String key) {
        Optional<Long> rate = section.bytes(key);
        if (rate.isPresent() && rate.get() < MIN_RATE) {
            section.fault(key, "is less than 8K bytes per second; leave it empty for no limit");
        }
        return rate.map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    private static InetSocketAddress address(IniSection section) {
        int port = section.number("port", 0, MAX_PORT, DEFAULT_PORT);
        return section.text("ip")
                .map(ip -> new InetSocketAddress(resolved(section, ip), port))
                .orElseGet(() -> new InetSocketAddress(port));
    }

    private static InetAddress resolved(IniSection section, String ip) {
        try {
            return InetAddress.getByName(ip);
        } catch (UnknownHostException e) {
            section.fault("ip", "is '%s', expected an address of this machine, or nothing for all".formatted(ip));
            return InetAddress.getLoopbackAddress();
        }
    }
}
