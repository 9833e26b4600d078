package dev.otapair.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V1Client.Ending;
import dev.otapair.server.ConfigFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon as a process of its own. */
class ServeCommandTest {
    private static final Pattern LINE =
            Pattern.compile("\\[(INFO|WARNING|DEBUG)] \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} \\S.*");
    private static final Pattern LISTENING = Pattern.compile(".* Listening on 127\\.0\\.0\\.1:(\\d+)");

    @TempDir
    private Path folder;

    private ConfigFile config;
    private Path output;
    private Process daemon;

    @BeforeEach
    void start() throws IOException {
        config = new ConfigFile(folder).with("log_level", "debug");
        config.put(ConfigFile.LATEST, new byte[1000]);
        output = folder.resolve("output");
        daemon = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider",
                        "-Dslf4j.internal.verbosity=WARN",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtaServerCommand.class.getName())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        awaitLine("Listening on");
    }

    @AfterEach
    void kill() throws InterruptedException {
        daemon.destroyForcibly().waitFor();
    }

    private List<String> lines() {
        try {
            return Files.readAllLines(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitLine(String part) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> lines().stream().anyMatch(line -> line.contains(part)));
    }

    private V1Client connect() throws IOException {
        int port = lines().stream()
                .map(LISTENING::matcher)
                .filter(Matcher::matches)
                .map(match -> Integer.parseInt(match.group(1)))
                .findFirst()
                .orElseThrow();
        return new V1Client(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(daemon.pid()))
                .start()
                .waitFor();
    }

    @Test
    void sigtermEndsItWithStatusZero() throws Exception {
        signal("TERM");

        assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(daemon.exitValue()).isZero();
        assertThat(lines()).last().asString().endsWith(" Stopped");
    }

    @Test
    void sighupReadsTheConfigurationAgain() throws Exception {
        signal("HUP");

        awaitLine("config.ini: read again, nothing changed");
    }

    @Test
    void everyLineHasTheFormOperatorsKnow() throws Exception {
        runASessionOfEachKind();

        assertThat(lines()).isNotEmpty().allMatch(line -> LINE.matcher(line).matches());
    }

    @Test
    void sessionIsTold() throws Exception {
        runASessionOfEachKind();

        assertThat(lines())
                .anyMatch(line -> line.matches("\\[INFO] .* 127\\.0\\.0\\.1:\\d+ accepted"))
                .anyMatch(line -> line.matches("\\[DEBUG] .* 127\\.0\\.0\\.1:\\d+ -> handshake"))
                .anyMatch(line -> line.matches("\\[INFO] .* sent fw.tar.gz, 1000 bytes in \\d+ ms"))
                .anyMatch(line -> line.matches("\\[INFO] .* closed after \\d+ ms: handshake, header, package, exit"))
                .anyMatch(line -> line.matches("\\[WARNING] .* the token is wrong"));
    }

    @Test
    void tokensAreNeverLogged() throws Exception {
        runASessionOfEachKind();

        assertThat(lines()).noneMatch(line -> line.contains(ConfigFile.TOKEN) || line.contains("battery staple"));
    }

    private void runASessionOfEachKind() throws Exception {
        try (V1Client client = connect()) {
            assertThat(client.update(ConfigFile.TOKEN, "", OutputStream.nullOutputStream())
                            .ending())
                    .isEqualTo(Ending.UPDATED);
            client.awaitEof();
        }
        try (V1Client client = connect()) {
            client.update("battery staple", "", OutputStream.nullOutputStream());
            client.awaitEof();
        }
        try (V1Client client = connect()) {
            client.send("{\"request\": \"handshake\", \"data\": {\"security\": [\"battery staple\"]}}");
            client.recvMessage();
        }
        signal("TERM");
        assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
}
