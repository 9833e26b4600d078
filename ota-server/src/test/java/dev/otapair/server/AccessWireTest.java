package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.protocol.testing.V2Message;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, and what those get who are not. */
class AccessWireTest {
    private static final String REJECTED =
            "{\"response\":\"error\",\"data\":{\"v\":2,\"reason\":\"Security code check failed.\"}}";
    private static final String REFUSED = "Too many failed attempts, try again later.";

    @TempDir
    private Path folder;

    private ConfigFile config;
    private CapturedLog log;
    private RunningServer server;

    @BeforeEach
    void write() {
        log = new CapturedLog();
        config = new ConfigFile(folder);
        config.put(ConfigFile.LATEST, new byte[1000]);
    }

    @AfterEach
    void stop() {
        server.close();
        log.close();
    }

    private void start() {
        server = new RunningServer(config);
    }

    private void devices(String lines) throws IOException {
        Path whole = Files.writeString(folder.resolve("devices.new"), lines);
        Files.move(whole, folder.resolve("devices"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        if (!config.text().contains("devices =")) {
            config.with("devices", "devices").with("allow_legacy", "no");
        }
    }

    private void assertRejected(String id, String token) throws IOException {
        try (V2Client client = server.connectV2()) {
            assertThat(client.sayHello(V2Client.hello(id, V2Client.CAPS)).kind())
                    .isEqualTo("challenge");
            client.send(client.proof(token));

            assertThat(client.receive().text()).isEqualTo(REJECTED);
            client.awaitEof();
        }
    }

    private void assertEnters(String id, String token) throws IOException {
        try (V2Client client = server.connectV2().enter(id, token)) {
            assertThat(client.request(V2Client.header("default")).kind()).isEqualTo("header");
        }
    }

    /** T2. Ten from each address, so that it is not the address that is refused. */
    @Test
    void replayOfARecordedHandshakeIsNeverAccepted() throws IOException {
        config.with("max_connections", "2000");
        start();
        String hello = V2Client.hello("board-17", V2Client.CAPS);
        String recorded;
        try (V2Client victim = server.connectV2()) {
            victim.sayHello(hello);
            recorded = hello + victim.proof(ConfigFile.TOKEN) + victim.seal(V2Client.header("default"));
            victim.send(recorded.substring(hello.length()));
            victim.receiveConnected();
            victim.receiveSealed();
        }
        int rejected = 0;
        for (int batch = 0; batch < 4; batch++) {
            List<V2Client> attackers = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                V2Client attacker = server.connectV2("127.1.%d.%d".formatted(batch, 1 + i / 10));
                attackers.add(attacker);
                attacker.send(recorded);
            }
            for (V2Client attacker : attackers) {
                assertThat(attacker.receive().kind()).isEqualTo("challenge");
                assertThat(attacker.receive().text()).isEqualTo(REJECTED);
                attacker.awaitEof();
                attacker.close();
                rejected++;
            }
        }

        assertThat(rejected).isEqualTo(1000);
    }

    @Test
    void wrongProofIsAnsweredASecondLaterAndNobodyElseWaits() throws IOException {
        start();
        assertEnters("board-17", ConfigFile.TOKEN);
        try (V2Client guesser = server.connectV2()) {
            guesser.sayHello();
            long start = System.nanoTime();
            guesser.send(guesser.proof("guess"));
            assertEnters("board-17", ConfigFile.TOKEN);
            long other = System.nanoTime() - start;
            String answer = guesser.receive().text();
            long own = System.nanoTime() - start;

            assertThat(answer).isEqualTo(REJECTED);
            assertThat(Duration.ofNanos(own)).isBetween(Duration.ofMillis(950), Duration.ofMillis(2_500));
            assertThat(Duration.ofNanos(other)).isLessThan(Duration.ofMillis(900));
        }
    }

    /** A proof that is tried again on the same connection is not looked at. */
    @Test
    void connectionHasOneProof() throws IOException {
        start();
        try (V2Client guesser = server.connectV2()) {
            guesser.sayHello();
            guesser.send(guesser.proof("guess") + guesser.proof(ConfigFile.TOKEN));

            assertThat(guesser.receive().text()).isEqualTo(REJECTED);
            guesser.awaitEof();
        }
    }

    @Test
    void addressWithElevenFailuresIsRefusedAndAnotherIsNot() throws IOException {
        start();
        List<V2Client> guessers = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            V2Client guesser = server.connectV2("127.0.0.3");
            guessers.add(guesser);
            guesser.sayHello();
            guesser.send(guesser.proof("guess" + i));
        }
        for (V2Client guesser : guessers) {
            assertThat(guesser.receive().text()).isEqualTo(REJECTED);
            guesser.close();
        }

        try (V2Client refused = server.connectV2("127.0.0.3");
                V2Client other = server.connectV2("127.0.0.2")) {
            assertThat(refused.sayHello().get("reason")).isEqualTo(REFUSED);
            refused.awaitEof();
            assertThat(other.enter(ConfigFile.TOKEN).fetch(0)).hasSize(1000);
        }
    }

    /** Old clients cannot be told when to come again: one of them must not shut out all behind its address. */
    @Test
    void wrongV1TokensShutNobodyOut() throws IOException {
        start();
        for (int i = 0; i < 20; i++) {
            try (V1Client guesser = server.connect()) {
                assertThat(guesser.handshake("guess").get("reason")).isEqualTo("Security code check failed.");
            }
        }

        try (V1Client good = server.connect();
                V2Client better = server.connectV2("127.0.0.1")) {
            assertThat(good.handshake(ConfigFile.TOKEN).kind()).isEqualTo("connected");
            better.enter(ConfigFile.TOKEN);
        }
    }

    /** T23. */
    @Test
    void listedBoardsEnterEachWithItsOwnToken() throws IOException {
        devices("# boards\nboard-17 seventeen-seventeen\n; more\n\nboard-18\teighteen-eighteen\n");
        start();

        assertEnters("board-17", "seventeen-seventeen");
        assertEnters("board-18", "eighteen-eighteen");
        assertRejected("board-17", "eighteen-eighteen");
        assertRejected("board-17", ConfigFile.TOKEN);
        assertRejected("board-19", "seventeen-seventeen");
        assertRejected("board-19", ConfigFile.TOKEN);
    }

    /** T23. */
    @Test
    void boardThatIsRevokedIsOutAtItsNextHandshake() throws IOException {
        devices("board-17 seventeen-seventeen\nboard-18 eighteen-eighteen\n");
        start();
        try (V2Client inside = server.connectV2().enter("board-17", "seventeen-seventeen")) {
            devices("board-18 eighteen-eighteen\n");

            assertRejected("board-17", "seventeen-seventeen");
            assertThat(inside.request(V2Client.header("default")).kind()).isEqualTo("header");
        }
        assertEnters("board-18", "eighteen-eighteen");
    }

    @Test
    void brokenDevicesFileKeepsTheOneThatRuns() throws IOException {
        devices("board-17 seventeen-seventeen\n");
        start();
        devices("board-17 seventeen-seventeen\nboard-18 eighteen eighteen\n");

        assertEnters("board-17", "seventeen-seventeen");

        assertThat(log.lines())
                .anyMatch(line -> line.contains(folder.resolve("devices") + ":2: expected two words"))
                .noneMatch(line -> line.contains("eighteen"));
    }

    @Test
    void v1GetsTheReasonAndNothingElseWhereLegacyIsNotAllowed() throws IOException {
        config.with("allow_legacy", "no");
        start();
        for (String token : new String[] {ConfigFile.TOKEN, "guess", ""}) {
            try (V1Client client = server.connect()) {
                assertThat(client.handshake(token).text())
                        .isEqualTo("{\"response\": \"error\", \"data\": {\"reason\": "
                                + "\"Upgrade the client: legacy handshake is disabled.\"}}");
                client.send("{\"request\": \"header\", \"data\": {}}");
                client.awaitEof();
            }
        }
        try (V1Client client = server.connect()) {
            assertThat(client.update(ConfigFile.TOKEN, "", OutputStream.nullOutputStream())
                            .received())
                    .isZero();
        }

        assertEnters("board-17", ConfigFile.TOKEN);
    }

    @Test
    void v2IsToldBusyAtOnceAndV1Waits() throws IOException {
        config.with("max_clients", "1");
        start();
        try (V2Client inside = server.enterV2();
                V1Client v1 = server.connect();
                V2Client v2 = server.connectV2()) {
            v1.send("{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}");
            v2.sayHello();
            v2.send(v2.proof(ConfigFile.TOKEN) + v2.seal(V2Client.header("default")));

            V2Message busy = v2.receive();

            assertThat(busy.text()).matches("\\{\"response\":\"busy\",\"data\":\\{\"v\":2,\"retry_after\":\\d+}}");
            assertThat(busy.number("retry_after")).isBetween(1L, 60L);
            v2.awaitEof();
            v1.setTimeoutMillis(300);
            assertThatThrownBy(v1::recvMessage).isInstanceOf(SocketTimeoutException.class);
            v1.setTimeoutMillis(20_000);
            inside.send(inside.seal(V2Client.exitRequest()));
            assertThat(v1.recvMessage().kind()).isEqualTo("connected");
        }
    }

    @Test
    void wrongProofIsNotToldThatThereIsNoPlace() throws IOException {
        config.with("max_clients", "1");
        start();
        try (V2Client inside = server.enterV2()) {
            assertRejected("board-17", "guess");
            assertThat(inside.request(V2Client.header("default")).kind()).isEqualTo("header");
        }
    }

    @Test
    void silenceOfAV2SessionHasATimeOfItsOwn() throws IOException {
        config.with("idle_timeout", "1").with("legacy_idle_timeout", "900");
        start();
        try (V2Client v2 = server.enterV2();
                V1Client v1 = server.enter()) {
            assertThat(v2.receiveSealed().get("reason")).isEqualTo("Timed out.");
            v2.awaitEof();
            assertThat(v1.header()).isEqualTo(ConfigFile.LATEST);
        }
    }
}
