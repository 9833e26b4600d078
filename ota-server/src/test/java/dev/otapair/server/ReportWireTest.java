package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.cli.Program;
import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.protocol.testing.V2Message;
import dev.otapair.server.cli.OtaServerCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What boards report over the wire, as {@code ota-server devices} shows it. */
class ReportWireTest {
    private static final String SAID =
            "{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"fw-1\",\"release\":42,\"keys\":1,"
                    + "\"state\":\"%s\",\"about\":\"fw-2\",\"about_release\":43,\"code\":%d}}";

    @TempDir
    private Path folder;

    private ConfigFile config;
    private RunningServer server;

    @BeforeEach
    void start() {
        config = new ConfigFile(folder).with("latest", "").with("state_dir", "state");
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void report(String id, String state, int code) throws IOException {
        try (V2Client client = server.connectV2().enter(id, ConfigFile.TOKEN)) {
            assertThat(client.request(SAID.formatted(state, code)).kind()).isEqualTo("header");
        }
    }

    private String devices(String... options) {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            String[] words = Stream.concat(
                            Stream.of("devices", "--config", config.path().toString()), Stream.of(options))
                    .toArray(String[]::new);
            assertThat(Program.run(new OtaServerCommand(), words)).isZero();
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void lastOfTheStatesIsShownWhileTheServerRuns() throws IOException {
        for (String state : List.of("downloading", "staged", "applying", "probation")) {
            report("board-17", state, 0);
        }
        report("board-17", "rolled_back", 72);
        report("board-18", "good", 0);

        Awaitility.await().until(() -> devices().contains("2 boards: 1 good, 1 rolled_back"));
        assertThat(devices())
                .containsPattern("board-17 +default +fw-1 +42 +rolled_back +fw-2 \\(43\\) +72 +now")
                .containsPattern("board-18 +default +fw-1 +42 +good +fw-2 \\(43\\) +- +now");
    }

    /** What runs is what the board runs, whatever it found good before. */
    @Test
    void goodOfAnotherReleaseThanTheInstalledOneIsShownAsItIs() throws IOException {
        report("board-17", "good", 0);
        server.close();

        assertThat(devices("--json"))
                .hasLineCount(1)
                .contains("\"id\": \"board-17\"", "\"installed\": \"fw-1\", \"release\": 42, \"state\": \"good\"")
                .contains("\"about\": \"fw-2\", \"about_release\": 43");
    }

    @Test
    void eachChangeIsLoggedOnceAndNoPollIs() throws IOException {
        try (CapturedLog log = new CapturedLog()) {
            for (String state : List.of("probation", "probation", "good", "good")) {
                report("board-17", state, 0);
            }

            assertThat(log.lines())
                    .filteredOn(line -> line.contains("fw-2"))
                    .extracting(line -> line.replaceFirst(".*,\\d{3} ", ""))
                    .containsExactly(
                            "board board-17: probation fw-2, release 43", "board board-17: good fw-2, release 43");
        }
    }

    @Test
    void serverSaysOfOldClientsWhatItSees() throws IOException {
        config.put("fw-2", "two".getBytes(StandardCharsets.US_ASCII));
        config.with("latest", "fw-2");
        try (CapturedLog log = new CapturedLog();
                V2Client client = server.enterV2()) {
            V2Message offer = client.request(V2Client.header("default"));
            V2Message announced = client.request(V2Client.packageRequest("default", offer.get("sha256"), 0));
            client.body(announced.number("length"));

            assertThat(log.lines())
                    .filteredOn(line -> line.contains(" board board-17: "))
                    .extracting(line -> line.replaceFirst(".*,\\d{3} ", ""))
                    .containsExactly("board board-17: offered fw-2", "board board-17: downloading fw-2");
        }
        server.close();
        assertThat(devices()).containsPattern("board-17 +default +- +- +downloading +fw-2 +- +now");
    }

    /** Whoever asks for what is not there any more is sent nothing. */
    @Test
    void otherContentThanTheOfferIsNoDownload() throws IOException {
        config.put("fw-2", "two".getBytes(StandardCharsets.US_ASCII));
        config.with("latest", "fw-2");
        try (V2Client client = server.enterV2()) {
            client.request(V2Client.header("default"));
            client.request(V2Client.packageRequest("default", "0".repeat(64), 0));
        }
        server.close();

        assertThat(devices()).contains("1 board: 1 offered");
    }

    @Test
    void v1BoardIsNotListed() throws Exception {
        config.put("fw-2", "two".getBytes(StandardCharsets.US_ASCII));
        config.with("latest", "fw-2");
        try (V1Client client = server.connect()) {
            client.update(ConfigFile.TOKEN, "fw-1", OutputStream.nullOutputStream());
        }
        server.close();

        assertThat(devices()).startsWith("no board is known yet");
    }

    /** Nobody reports for another: the id is the one that was proved. */
    @Test
    void boardWithoutAProofReportsNothing() throws IOException {
        try (V2Client client = server.connectV2()) {
            client.sayHello();
            client.send(SAID.formatted("good", 0));
            assertThat(client.receive().kind()).isEqualTo("error");
        }
        server.close();

        assertThat(devices()).startsWith("no board is known yet");
    }

    @Test
    void restartForgetsNothing() throws IOException {
        report("board-17", "failed", 70);
        server.close();
        server = new RunningServer(config);
        report("board-18", "good", 0);
        server.close();

        assertThat(devices()).contains("2 boards: 1 good, 1 failed");
    }
}
