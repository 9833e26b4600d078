package dev.otapair.server.config;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.config.ConfigFaults;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.PackageName;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the {@code [Server]} section says, checked. Immutable.
 *
 * @param address where to listen; port 0 lets the system choose
 * @param secret the token of the fleet
 * @param folder where packages are; a folder when this was read
 * @param latest the package on offer; empty offers nothing
 * @param maxClients sessions past the handshake at a time, 1 to 100,000
 * @param queueTimeout how long a handshake may wait for one of those places
 * @param handshakeTimeout from accept to a good handshake, without the time the server owes the answer
 * @param messageTimeout from the first byte of a message to its last
 * @param legacyIdleTimeout silence of a v1 session past the handshake; long, because the old client prompts while connected
 * @param stallTimeout while sending: time in which the peer takes not one byte
 * @param shutdownTimeout how long running transfers may go on after SIGTERM
 * @param logLevel how much is logged
 */
public record ServerConfig(
        InetSocketAddress address,
        Secret secret,
        Path folder,
        Optional<PackageName> latest,
        int maxClients,
        Duration queueTimeout,
        Duration handshakeTimeout,
        Duration messageTimeout,
        Duration legacyIdleTimeout,
        Duration stallTimeout,
        Duration shutdownTimeout,
        LogLevel logLevel) {

    private static final int DEFAULT_PORT = 1234;
    private static final int MAX_PORT = 65535;

    /**
     * Reads the section.
     *
     * @throws OtaException CONFIG_INVALID, naming every fault
     */
    public static ServerConfig read(IniFile file) {
        ConfigFaults faults = new ConfigFaults();
        IniSection section = file.section(KnownKeys.SERVER, faults);
        ServerConfig config = new ServerConfig(
                address(section),
                new Secret(section.token("security")),
                folder(section),
                latest(section),
                section.number("max_clients", 1, 100_000, 100),
                section.duration("queue_timeout", Duration.ofSeconds(300)),
                section.duration("handshake_timeout", Duration.ofSeconds(15)),
                section.duration("message_timeout", Duration.ofSeconds(10)),
                section.duration("legacy_idle_timeout", Duration.ofSeconds(900)),
                section.duration("stall_timeout", Duration.ofSeconds(300)),
                section.duration("shutdown_timeout", Duration.ofSeconds(30)),
                section.choice("log_level", LogLevel.class, LogLevel.INFO));
        faults.throwIfAny();
        return config;
    }

    private static Optional<PackageName> latest(IniSection section) {
        Optional<PackageName> latest = section.value("latest", "a plain file name", PackageName::new);
        if (latest.isPresent() && !isFileName(latest.get())) {
            section.fault(
                    "latest",
                    "is '%s', which is no file name in the present locale; start the program with LC_ALL=C.UTF-8"
                            .formatted(latest.get()));
        }
        return latest;
    }

    private static boolean isFileName(PackageName name) {
        try {
            return !name.in(Path.of("")).toString().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
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

    private static Path folder(IniSection section) {
        Optional<Path> folder = section.path("path");
        if (folder.isEmpty()) {
            section.fault("path", "is missing, expected the folder of the packages");
            return Path.of("");
        }
        if (!Files.isDirectory(folder.get())) {
            section.fault("path", "is '%s', which is not a folder; create it or name another".formatted(folder.get()));
        }
        return folder.get();
    }
}
