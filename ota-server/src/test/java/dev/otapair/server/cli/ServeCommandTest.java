package dev.otapair.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V1Client.Ending;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.server.ConfigFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
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
        // Whoever runs the tests by nohup has SIGHUP ignored in all that they start, and Java keeps it so.
        daemon = new ProcessBuilder(
                        "env",
                        "--default-signal=HUP",
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

    private InetSocketAddress address() throws IOException {
        int port = lines().stream()
                .map(LISTENING::matcher)
                .filter(Matcher::matches)
                .map(match -> Integer.parseInt(match.group(1)))
                .findFirst()
                .orElseThrow();
        return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
    }

    private V1Client connect() throws IOException {
        return new V1Client(address());
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

    /** It may listen a moment before it answers signals: one that comes then has nothing to tell it. */
    @Test
    void sighupReadsTheConfigurationAgain() {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(500))
                .atMost(Duration.ofSeconds(20))
                .until(() -> {
                    signal("HUP");
                    return lines().stream().anyMatch(line -> line.contains("config.ini: read again, nothing changed"));
                });
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

    /** T1: all that a debug log has of v1, v2 and broken sessions, and what the server keeps. */
    @Test
    void tokenIsInNoFormInAnythingThatIsWritten() throws Exception {
        try (V2Client client = new V2Client(address()).enter(ConfigFile.TOKEN)) {
            client.fetch(0);
            client.send(client.seal("{\"request\":\"" + ConfigFile.TOKEN + "\",\"data\":{}}"));
            client.receiveSealed();
        }
        try (V2Client client = new V2Client(address())) {
            client.sayHello();
            client.send(
                    "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"proof\":\"" + ConfigFile.TOKEN + "\"}}");
            client.receive();
        }
        try (V1Client client = connect()) {
            client.send("{\"request\": \"handshake\", \"data\": {\"security\": \"" + ConfigFile.TOKEN + "\", }}");
            client.recvMessage();
        }
        awaitLine("closed after");
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> Files.exists(folder.resolve(".ota-server").resolve("token-keys")));
        runASessionOfEachKind();
        String written = String.join("\n", lines())
                + Files.readString(folder.resolve(".ota-server").resolve("token-keys"));

        for (String token : List.of(ConfigFile.TOKEN, "battery staple")) {
            byte[] bytes = token.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            assertThat(written.toLowerCase(java.util.Locale.ROOT))
                    .doesNotContain(token)
                    .doesNotContain(HexFormat.of().formatHex(bytes))
                    .doesNotContain(base64(bytes, 0))
                    .doesNotContain(base64(bytes, 1))
                    .doesNotContain(base64(bytes, 2));
        }
    }

    /** Returns what is surely in base64 of a text that has the bytes so far from a multiple of three. */
    private static String base64(byte[] bytes, int skipped) {
        int length = (bytes.length - skipped) / 3 * 3;
        return Base64.getEncoder()
                .encodeToString(java.util.Arrays.copyOfRange(bytes, skipped, skipped + length))
                .toLowerCase(java.util.Locale.ROOT);
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
