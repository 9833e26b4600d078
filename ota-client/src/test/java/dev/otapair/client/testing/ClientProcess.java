package dev.otapair.client.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The program as a process of its own, with the memory its launcher allows. Killed by {@link #close} if it still runs. */
public final class ClientProcess implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 180;

    private final Process process;
    private final Output out;
    private final Output err;

    /** What a run came to. */
    public record Result(int status, String out, String err) {
        /** Returns all it said. */
        public String all() {
            return out + err;
        }
    }

    private ClientProcess(Process process) {
        this.process = process;
        this.out = new Output(process.getInputStream());
        this.err = new Output(process.getErrorStream());
    }

    /** Starts a run with the board's config.ini. */
    public static ClientProcess start(Board board, String... arguments) throws IOException {
        return start(board, Map.of(), arguments);
    }

    /** As above; {@code environment} comes in place of what is inherited, where it is not empty. */
    public static ClientProcess start(Board board, Map<String, String> environment, String... arguments)
            throws IOException {
        return start(board, command(board, arguments), environment);
    }

    /** As above, started by a line of /bin/sh in which "$@" is the run. */
    public static ClientProcess startByShell(Board board, String line, String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", line, "sh"));
        words.addAll(command(board, arguments));
        return start(board, words, Map.of());
    }

    /** Makes a whole run. */
    public static Result run(Board board, String... arguments) throws IOException, InterruptedException {
        try (ClientProcess client = start(board, arguments)) {
            return client.result();
        }
    }

    /** Makes a whole run with the config.ini that is there. */
    public static Result runAsIs(Board board, String... arguments) throws IOException, InterruptedException {
        try (ClientProcess client = launch(board, command(board, arguments), Map.of())) {
            return client.result();
        }
    }

    /** Writes this to its standard input, and ends that. */
    public ClientProcess answer(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        return this;
    }

    /** Sends a signal by its name. */
    public void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-s", name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** Returns what it has said so far, on both outputs. */
    public String saidSoFar() {
        return out.soFar() + err.soFar();
    }

    /** Says whether it has not ended. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for its end; fails after three minutes. */
    public Result result() throws InterruptedException {
        return result(Duration.ofSeconds(PATIENCE_SECONDS));
    }

    /** Waits for its end; fails after this time. */
    public Result result(Duration patience) throws InterruptedException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the client did not end; it said: " + saidSoFar());
        }
        return new Result(process.exitValue(), out.all(), err.all());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private static ClientProcess start(Board board, List<String> words, Map<String, String> environment)
            throws IOException {
        board.writeConfig();
        return launch(board, words, environment);
    }

    private static ClientProcess launch(Board board, List<String> words, Map<String, String> environment)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(board.folder().toFile());
        if (!environment.isEmpty()) {
            builder.environment().clear();
            builder.environment().putAll(environment);
        }
        return new ClientProcess(builder.start());
    }

    private static List<String> command(Board board, String... arguments) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx32m",
                "-Xss512k",
                "-XX:-UsePerfData",
                "-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider",
                "-Dslf4j.internal.verbosity=WARN",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.otapair.client.cli.OtaClientCommand"));
        words.addAll(List.of(arguments));
        return words;
    }

    /** Returns an environment with nothing but a PATH and these. */
    public static Map<String, String> bare(String... keysAndValues) {
        Map<String, String> environment = new LinkedHashMap<>(Map.of("PATH", System.getenv("PATH")));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            environment.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return environment;
    }

    private static final class Output {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final CompletableFuture<Void> end;

        Output(InputStream stream) {
            end = CompletableFuture.runAsync(
                    () -> {
                        try (stream) {
                            stream.transferTo(kept);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    work -> {
                        Thread thread = new Thread(work, "client-output");
                        thread.setDaemon(true);
                        thread.start();
                    });
        }

        String soFar() {
            return kept.toString(StandardCharsets.UTF_8);
        }

        String all() {
            end.join();
            return soFar();
        }
    }
}
