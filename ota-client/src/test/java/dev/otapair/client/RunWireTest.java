package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.RealServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client that stays: what it does between its runs, and what signals and edits do to it. */
class RunWireTest {
    /** On a busy machine a patch takes as long as the server lets a board wait for one. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private Path folder;

    private RealServer server;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server"))
                .offering("fw-1", bytes("one"))
                .start();
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .asking(server.address())
                .with("legacy_server", "no")
                .with("interval", "1")
                .with("splay", "1");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void oneRunFollowsTheOtherUntilItIsToldToEnd() throws Exception {
        try (ClientProcess client = ClientProcess.start(board, "run")) {
            awaitSaid(client, "updated; installed: fw-1");
            server.offering("fw-2", bytes("two"));
            awaitSaid(client, "updated; installed: fw-2");
            awaitSaid(client, "up to date");

            client.signal("TERM");

            ClientProcess.Result result = client.result();
            assertThat(result.status()).isZero();
            assertThat(result.err()).contains("Told to end").doesNotContain("Exception");
        }
    }

    @Test
    void hangUpMakesTheNextRunNow() throws Exception {
        board.with("interval", "1h");
        try (ClientProcess client = ClientProcess.start(board, "run")) {
            awaitSaid(client, "the next run comes in 3600 s");
            server.offering("fw-2", bytes("two"));

            client.signal("HUP");

            awaitSaid(client, "updated; installed: fw-2");
            client.signal("TERM");
            assertThat(client.result().status()).isZero();
        }
    }

    @Test
    void serverSaysWhenToAskAgain() throws Exception {
        server.with("poll_interval", "2h");
        try (ClientProcess client = ClientProcess.start(board, "run")) {
            awaitSaid(client, "the next run comes in 7200 s");
        }
    }

    @Test
    void serverSaysWhenToAskAgainThoughTheRunFails() throws Exception {
        server.with("poll_interval", "2h");
        board.withScript("exit 3");
        try (ClientProcess client = ClientProcess.start(board, "run")) {
            awaitSaid(client, "the next run comes in 7200 s");
        }
    }

    /** U24: nothing that happens to the server ends it. */
    @Test
    void runThatFailsIsFollowedByTheNext() throws Exception {
        InetSocketAddress address = server.address();
        server.close();
        try (ClientProcess client = ClientProcess.start(board, "run", "--json")) {
            awaitSaid(client, "\"error\": \"unreachable\"");

            server.with("port", Integer.toString(address.getPort())).start();

            awaitSaid(client, "\"result\": \"updated\"");
            client.signal("TERM");
            assertThat(client.result().status()).isZero();
        }
    }

    @Test
    void editThatIsNotValidIsToldAndChangesNothing() throws Exception {
        try (ClientProcess client = ClientProcess.start(board, "run")) {
            awaitSaid(client, "updated; installed: fw-1");
            board.with("interval", "soon").writeConfig();
            awaitSaid(client, "the configuration before goes on");
            server.offering("fw-2", bytes("two"));

            awaitSaid(client, "updated; installed: fw-2");
        }
    }

    @Test
    void configThatIsNotValidAtTheStartEndsIt() throws Exception {
        board.with("interval", "soon");

        ClientProcess.Result result = ClientProcess.run(board, "run");

        assertThat(result.status()).isEqualTo(78);
        assertThat(result.err()).contains("interval");
    }

    /** What came of a package stays: the next start goes on with it. */
    @Test
    void beingToldToEndInTheMiddleOfAPackageKeepsWhatCame() throws Exception {
        server.offering("fw-2", new byte[2_000_000]).with("client_bandwidth", "300K");
        try (ClientProcess client = ClientProcess.start(board, "run")) {
            awaitSaid(client, "fw-2: 2");

            client.signal("TERM");

            assertThat(client.result().status()).isZero();
        }
        assertThat(board.kept()).singleElement().asString().startsWith(".part-");
        server.with("client_bandwidth", "");
        ClientProcess.Result next = ClientProcess.run(board, "update");
        assertThat(next.err()).contains("are here from before");
        assertThat(board.kept()).containsExactly("fw-2");
    }

    private static void awaitSaid(ClientProcess client, String text) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(client.saidSoFar()).contains(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
