package dev.otapair.client.testing;

import dev.otapair.client.Confirmation;
import dev.otapair.client.Outcome;
import dev.otapair.client.Updater;
import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.progress.LogProgress;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A board in a temporary folder, which takes a v1 server: its config.ini, script, packages and state. Not thread-safe. */
public final class Board {
    /** The token of its fleet. */
    public static final String TOKEN = "tok-Zebra-7391-quagga";

    private final Path folder;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Interruption interruption = new Interruption();
    private Clock clock = Clock.systemUTC();

    /** @param folder exists; the board's own */
    public Board(Path folder) {
        this.folder = folder;
        with("server", "127.0.0.1").with("port", "1").with("security", TOKEN).with("path", "packages");
        with("connect_timeout", "5").with("handshake_timeout", "10");
        with("response_timeout", "10").with("read_timeout", "10");
        with("retries", "0").with("legacy_server", "yes").with("device_id", "board-17");
    }

    /** Sets one key of config.ini, in place of what it was. */
    public Board with(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** Makes the board ask this server. */
    public Board asking(InetSocketAddress server) {
        return with("server", server.getAddress().getHostAddress()).with("port", Integer.toString(server.getPort()));
    }

    /** Writes a script without an x bit, as the one in the field, and makes it the board's. */
    public Board withScript(String... lines) throws IOException {
        Files.writeString(folder.resolve("after.sh"), String.join("\n", lines) + "\n");
        return with("after_process", "after.sh");
    }

    /** Returns the folder of config.ini. */
    public Path folder() {
        return folder;
    }

    /** Returns a file or folder beside config.ini. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    /** Returns the folder of packages; it may not exist. */
    public Path packages() {
        return folder.resolve("packages");
    }

    /** Returns what is in the folder of packages but for the board's own links, sorted; empty when there is none. */
    public List<String> kept() throws IOException {
        if (!Files.isDirectory(packages())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(packages())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.matches("current|previous"))
                    .sorted()
                    .toList();
        }
    }

    /** Returns every file and folder of the board but config.ini, sorted, relative to its folder. */
    public List<String> tree() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(file -> folder.relativize(file).toString())
                    .filter(name -> !name.isEmpty() && !name.equals("config.ini"))
                    .sorted()
                    .toList();
        }
    }

    /** Writes config.ini and returns its path. Replaced in one step: a client that is starting reads it as it was or as it is. */
    public Path writeConfig() throws IOException {
        String keys = settings.entrySet().stream()
                .map(setting -> setting.getKey() + " = " + setting.getValue().replace("%", "%%"))
                .collect(Collectors.joining("\n"));
        Path next = Files.writeString(folder.resolve(".config.ini"), "[Client]\n" + keys + "\n");
        return Files.move(next, folder.resolve("config.ini"), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Writes config.ini and reads it. */
    public ClientConfig config() throws IOException {
        return ClientConfig.read(IniFile.read(writeConfig()), Map.of());
    }

    /** Returns what tells this board's runs to end. */
    public Interruption interruption() {
        return interruption;
    }

    /** Returns a new run. */
    public Updater updater() throws IOException {
        return new Updater(config(), System.getenv(), interruption, clock);
    }

    /** Sets what the board takes for the time, from its next run on. */
    public Board at(String time) {
        clock = Clock.fixed(Instant.parse(time), ZoneOffset.UTC);
        return this;
    }

    /** Gives the board the public halves of these keys, and takes all others away. */
    public Board trusting(SigningKey... keys) throws IOException {
        Path keysFolder = Files.createDirectories(folder.resolve("keys.d"));
        try (Stream<Path> files = Files.list(keysFolder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        for (SigningKey key : keys) {
            Files.write(
                    keysFolder.resolve(key.publicHalf().id() + ".pub"),
                    key.publicHalf().toPem());
        }
        return this;
    }

    /** Installs a package from a file, within this process. */
    public Outcome install(Path file, boolean allowDowngrade) throws IOException {
        return updater().install(file, allowDowngrade, LogProgress::new);
    }

    /** Asks what would be done, within this process. */
    public Outcome check() throws IOException {
        return updater().check();
    }

    /** Makes one run within this process, without a question. */
    public Outcome update() throws IOException {
        return updater().update(Confirmation.ALWAYS, LogProgress::new);
    }

    /** Fetches what is to be installed later, within this process. */
    public Outcome download() throws IOException {
        return updater().download(LogProgress::new);
    }

    /** Installs what was fetched, within this process. */
    public Outcome installStaged() throws IOException {
        return updater().installStaged();
    }

    /** Returns the name of what is recorded as installed, or empty text. */
    public String installed() throws IOException {
        return updater().installed().toString();
    }
}
