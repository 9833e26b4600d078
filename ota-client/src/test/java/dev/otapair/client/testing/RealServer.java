package dev.otapair.client.testing;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.OtaServer;
import dev.otapair.server.config.ConfigSource;
import dev.otapair.server.release.Publisher;
import dev.otapair.server.release.Source;
import dev.otapair.server.session.LegacyPacing;
import dev.otapair.server.tree.Progress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Our server in this process, on a free port of 127.0.0.1, with a folder and a config.ini of its own. */
public final class RealServer implements AutoCloseable {
    private final Path folder;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final StringBuilder products = new StringBuilder();
    private OtaServer server;

    /** @param folder made if it is missing; the server's own */
    public RealServer(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(packages());
        with("port", "0").with("ip", "127.0.0.1").with("security", Board.TOKEN).with("path", "packages");
        with("allow_legacy", "no").with("shutdown_timeout", "1").with("latest", "");
        with("deltas", "no");
    }

    /** Sets one key of config.ini, in place of what it was; an edit when the server runs. */
    public RealServer with(String key, String value) throws IOException {
        settings.put(key, value);
        writeConfig();
        return this;
    }

    /** Puts a package there and offers it. */
    public RealServer offering(String name, byte[] content) throws IOException {
        put(name, content);
        return with("latest", name);
    }

    /** Offers a package, which is there, for a product of its own. */
    public RealServer offeringFor(String product, String name) throws IOException {
        products.append("[Product %s]\nlatest = %s\n".formatted(product, name));
        writeConfig();
        return this;
    }

    /** Puts a package there in one step, as an administrator's {@code mv} does. */
    public void put(String name, byte[] content) throws IOException {
        Path coming = Files.write(folder.resolve("coming"), content);
        Files.move(coming, packages().resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Publishes a release of the default product and offers it, as {@code ota-server publish} does; the daemon may run.
     *
     * @param keys that sign it
     */
    public ReleaseMetadata publish(String name, byte[] content, UnaryOperator<Wish> wish, SigningKey... keys)
            throws IOException {
        Path file = Files.write(Files.createDirectories(folder.resolve("built")).resolve(name), content);
        return publisher()
                .publish(Source.ofFile(file), wish.apply(new Wish()).draft(), List.of(keys))
                .release()
                .metadata();
    }

    /** Returns what an administrator has at hand. */
    public Publisher publisher() {
        return new Publisher(
                packages(),
                folder.resolve(".ota-server"),
                KeyRing.EMPTY,
                new DurableFiles(),
                Clock.systemUTC(),
                Progress.NONE);
    }

    /** Runs a command of {@code ota-server} beside the daemon, and returns its status. */
    public int program(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.otapair.server.cli.OtaServerCommand",
                "--config",
                folder.resolve("config.ini").toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /** Starts it. */
    public RealServer start() {
        server = OtaServer.start(
                ConfigSource.open(folder.resolve("config.ini"), Map.of()), new LegacyPacing(Duration.ofMillis(5)));
        return this;
    }

    /** Returns where it listens. */
    public InetSocketAddress address() {
        return server.address();
    }

    public Path packages() {
        return folder.resolve("packages");
    }

    /** Returns a file beside config.ini. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private void writeConfig() throws IOException {
        String keys = settings.entrySet().stream()
                .map(setting -> setting.getKey() + " = " + setting.getValue())
                .collect(Collectors.joining("\n"));
        Files.writeString(folder.resolve("config.ini"), "[Server]\n" + keys + "\n" + products);
    }
}
