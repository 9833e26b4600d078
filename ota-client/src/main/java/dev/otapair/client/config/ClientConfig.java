package dev.otapair.client.config;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.config.ConfigFaults;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.config.StateFolder;
import dev.otapair.protocol.config.TokenSource;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * What the {@code [Client]} section says, checked. Immutable.
 *
 * @param file the config file; its folder is the script's current folder
 * @param servers in the order in which they are asked, at least one
 * @param product the program the board runs
 * @param device who the board is; empty: a hash of its machine-id
 * @param secret the token of the fleet, or of this board
 * @param allowLegacy whether a server that only speaks v1 is taken, with the token in clear
 * @param tls how the server is known under TLS; empty is a plain connection
 * @param trust whose releases are installed
 * @param packages where packages are kept
 * @param seed what counts as installed before anything was recorded
 * @param install how a package becomes the board's software
 * @param increments whether what is missing of it is fetched in place of all
 * @param timing when it may
 * @param maxPackageSize in bytes; empty leaves it to the free disk space
 * @param connectTimeout per address of the server
 * @param handshakeTimeout from the connection to the handshake's answer, the wait for a place at a full server included
 * @param responseTimeout for any other answer: a v1 server hashes the whole package before it gives one
 * @param readTimeout silence within a package
 * @param retries connections in a row that may bring nothing before a run gives up
 * @param interval between two runs of a client that stays
 * @param splay up to which each of those waits is longer, by chance
 * @param minRate bytes per second that a download must have on average over 120 s; 0 is no limit
 * @param stateFolder where the client keeps what it must not forget
 * @param logLevel how much is logged
 */
public record ClientConfig(
        Path file,
        List<ServerAddress> servers,
        Product product,
        Optional<DeviceId> device,
        Secret secret,
        boolean allowLegacy,
        Optional<TlsSettings> tls,
        TrustSettings trust,
        Path packages,
        Optional<PackageName> seed,
        InstallSettings install,
        IncrementSettings increments,
        WaitSettings timing,
        OptionalLong maxPackageSize,
        Duration connectTimeout,
        Duration handshakeTimeout,
        Duration responseTimeout,
        Duration readTimeout,
        int minRate,
        int retries,
        Duration interval,
        Duration splay,
        Path stateFolder,
        LogLevel logLevel) {

    /**
     * The file of the state folder that is there while an installation has not come to its end. A release that brings its own health
     * check may be in need of being taken back for lack of it.
     */
    public static final String OPEN_INSTALLATION = "journal";

    private static final String STATE_FOLDER = ".ota-client";

    /**
     * Reads the section. Programs that are missing are no fault while an installation is open.
     *
     * @param environment of this process
     * @throws OtaException CONFIG_INVALID, naming every fault
     */
    public static ClientConfig read(IniFile file, Map<String, String> environment) {
        return read(
                file,
                environment,
                (section, state) -> Files.exists(state.resolve(OPEN_INSTALLATION))
                        ? InstallSettings.readUnchecked(section)
                        : InstallSettings.read(section));
    }

    /** As above, for a command that runs no script: none of them need be there. */
    public static ClientConfig readWithoutScript(IniFile file, Map<String, String> environment) {
        return read(file, environment, (section, state) -> InstallSettings.readWithoutPrograms(section));
    }

    private static ClientConfig read(
            IniFile file, Map<String, String> environment, BiFunction<IniSection, Path, InstallSettings> install) {
        ConfigFaults faults = new ConfigFaults();
        IniSection section = file.section(KnownKeys.CLIENT, faults);
        Optional<Long> maxPackageSize = section.bytes("max_package_size");
        Path stateFolder = StateFolder.of(section, environment, STATE_FOLDER);
        ClientConfig config = new ClientConfig(
                file.path(),
                servers(section),
                section.value("product", "a product's name", Product::new).orElse(Product.DEFAULT),
                section.value("device_id", "a board's name", DeviceId::new),
                new Secret(TokenSource.of(section, environment)),
                section.flag("legacy_server", false),
                TlsSettings.read(section),
                TrustSettings.read(section),
                packages(section),
                section.value("latest", "a plain file name", PackageName::new),
                install.apply(section, stateFolder),
                IncrementSettings.read(section),
                WaitSettings.read(section),
                maxPackageSize.map(OptionalLong::of).orElse(OptionalLong.empty()),
                section.duration("connect_timeout", Duration.ofSeconds(10)),
                section.duration("handshake_timeout", Duration.ofSeconds(330)),
                section.duration("response_timeout", Duration.ofSeconds(120)),
                section.duration("read_timeout", Duration.ofSeconds(30)),
                section.number("min_rate", 0, 1_000_000_000, 64),
                section.number("retries", 0, 1000, 4),
                section.duration("interval", Duration.ofMinutes(15)),
                section.duration("splay", Duration.ofMinutes(5)),
                stateFolder,
                section.choice("log_level", LogLevel.class, LogLevel.INFO));
        if (config.packages
                .toAbsolutePath()
                .normalize()
                .equals(stateFolder.toAbsolutePath().normalize())) {
            section.fault("state_dir", "is the folder of packages too, which path names; choose another one");
        }
        faults.throwIfAny();
        return config;
    }

    /** Returns the folder of the config file: the current folder of all programs. */
    public Path configFolder() {
        return file.getParent();
    }

    /** Returns the names in the folder of packages that no package may have: config.ini's own, and those of programs it names. */
    public Set<String> namesInPackages() {
        Path folder = packages.toAbsolutePath().normalize();
        List<Path> files = new ArrayList<>(install.programs().values());
        files.add(file);
        Set<String> names = new HashSet<>();
        for (Path each : files) {
            Path absolute = each.toAbsolutePath().normalize();
            if (folder.equals(absolute.getParent())) {
                names.add(absolute.getFileName().toString());
            }
        }
        return names;
    }

    /** Returns the same with little patience: for what can be said another time. */
    public ClientConfig hurried(Duration most) {
        return new ClientConfig(
                file,
                servers,
                product,
                device,
                secret,
                allowLegacy,
                tls,
                trust,
                packages,
                seed,
                install,
                increments,
                timing,
                maxPackageSize,
                shorter(connectTimeout, most),
                shorter(handshakeTimeout, most),
                shorter(responseTimeout, most),
                shorter(readTimeout, most),
                minRate,
                retries,
                interval,
                splay,
                stateFolder,
                logLevel);
    }

    private static Duration shorter(Duration time, Duration most) {
        return time.compareTo(most) < 0 ? time : most;
    }

    private static List<ServerAddress> servers(IniSection section) {
        int port = section.number("port", 1, 65535, 1234);
        String text = section.requiredText("server", "the host name or address of the server");
        return text.isEmpty()
                ? List.of()
                : ServerAddress.list(text, port).orElseGet(() -> {
                    section.fault(
                            "server",
                            "is '%s', expected names or addresses, separated by commas, each with :PORT where it has another one"
                                    .formatted(text));
                    return List.of();
                });
    }

    private static Path packages(IniSection section) {
        Optional<Path> folder = section.path("path");
        if (folder.isEmpty()) {
            section.fault("path", "is missing, expected a folder for packages");
        }
        return folder.orElse(Path.of(""));
    }
}
