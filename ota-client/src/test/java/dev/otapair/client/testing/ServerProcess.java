package dev.otapair.client.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The server's program as a process of its own, which can die like one. Killed by {@link #close}. */
public final class ServerProcess implements AutoCloseable {
    private static final long START_SECONDS = 60;
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Process process;
    private final Path log;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts it with the settings of a server that does not run in this process; returns once it listens.
     *
     * @param prefix a command that starts it, such as {@code ip netns exec}
     */
    public static ServerProcess start(RealServer settings, String... prefix) throws IOException {
        List<String> words = new ArrayList<>(List.of(prefix));
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider",
                "-Dslf4j.internal.verbosity=WARN",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.otapair.server.cli.OtaServerCommand",
                "serve",
                "--config",
                settings.file("config.ini").toString()));
        Path log = settings.file("log");
        Files.deleteIfExists(log);
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        ServerProcess server = new ServerProcess(process, log);
        server.awaitListening();
        return server;
    }

    /** Returns an address of 127.0.0.1 at which nobody listens. */
    public static InetSocketAddress freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }
    }

    /** Ends it as a crash does; returns when it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Ends it as an administrator does; returns when it is gone. */
    public void terminate() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    /** Returns what it has said so far. */
    public String said() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void awaitListening() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!said().contains("Listening on")) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                close();
                throw new IOException("the server did not start: " + said());
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
    }
}
