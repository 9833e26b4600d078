package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.progress.LogProgress;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.ClientProcess.Result;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import dev.otapair.protocol.testing.V1Offer;
import dev.otapair.protocol.testing.V1Server;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our client against our server in version 2, and what the client remembers of it. */
class SessionWireTest {
    private static final byte[] PAYLOAD = random(200_000);

    @TempDir
    private Path folder;

    private RealServer server;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server"))
                .offering("fw-2", PAYLOAD)
                .start();
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .with("latest", "fw-1")
                .asking(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void programUpdatesAndSaysSizeAndDigest() throws Exception {
        String offered = ", 'offered': 'fw-2', 'size': 200000, 'sha256': '" + sha256(PAYLOAD)
                + "', 'signed_by': [], 'expired': false, 'why': 'it is not what is installed, and this board checks no signatures'";

        Result check = ClientProcess.run(board, "--json", "check");
        Result update = ClientProcess.run(board, "--json", "update");
        Result status = ClientProcess.run(board, "--json", "status");

        assertThat(check.out())
                .isEqualTo(json("{'result': 'update_available', 'installed': 'fw-1', 'installed_release': 0,"
                        + " 'installed_version': ''" + offered + ", 'status': 10}"));
        assertThat(update.out())
                .isEqualTo(json(
                        "{'result': 'updated', 'installed': 'fw-2', 'installed_release': 0, 'installed_version': ''"
                                + offered + ", 'travel_bytes': 200000, 'status': 0}"));
        assertThat(status.out())
                .isEqualTo(
                        json(
                                "{'installed': 'fw-2', 'installed_release': 0, 'installed_version': '',"
                                        + " 'signatures_required': false, 'keys': [], 'floor': 0, 'revoked': [], 'quarantined': [], 'status': 0}"));
        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
    }

    private static String json(String text) {
        return text.replace('\'', '"') + "\n";
    }

    @Test
    void offerOfNothingIsNothingToDo() throws IOException {
        server.with("latest", "");

        assertThat(board.update().result()).isEqualTo(Outcome.Result.NOTHING_OFFERED);
    }

    /** A key that was kept under the fingerprint is used as it is: were one derived, the session would succeed. */
    @Test
    void secondSessionDerivesNoKey() throws IOException {
        board.updater().check();
        Path cache = board.file(".ota-client/token-keys");
        String kept = Files.readString(cache);
        Files.writeString(
                cache,
                kept.substring(0, kept.indexOf('=') + 1)
                        + TokenKey.of(new Octets(new byte[32])).toKeep() + "\n");

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> board.updater().check());

        assertThat(failure.code()).isEqualTo(ErrorCode.SECRET_REJECTED);
        Files.writeString(cache, kept);
        FileTime before = Files.getLastModifiedTime(cache);
        board.updater().check();
        assertThat(Files.getLastModifiedTime(cache)).isEqualTo(before);
    }

    @Test
    void whatTheClientRemembersIsItsOwn() throws IOException {
        board.update();

        for (String name : List.of("token-keys", "server-pin")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(
                            board.file(".ota-client").resolve(name))))
                    .as(name)
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void wrongTokenIsRefusedAndNothingIsPinned() {
        board.with("security", "another");

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.SECRET_REJECTED);
        assertThat(failure).hasMessageContaining("'security'").hasMessageNotContaining("another");
        assertThat(board.file(".ota-client/server-pin")).doesNotExist();
    }

    /** T13: once proved, v1 is no way back, not even where the operator allows it; forget-server is. */
    @Test
    void v1ServerIsRefusedAfterAProofUntilTheServerIsForgotten() throws Exception {
        board.with("legacy_server", "yes").update();
        try (V1Server old = new V1Server(V1Offer.of(Board.TOKEN, "fw-3", PAYLOAD))) {
            board.asking(old.address());

            Result refused = ClientProcess.run(board);
            List<String> heard = old.requests();
            Result forgotten = ClientProcess.run(board, "forget-server");
            Result again = ClientProcess.run(board, "--json", "forget-server");
            Result update = ClientProcess.run(board);

            assertThat(refused.status()).isEqualTo(77);
            assertThat(refused.err()).contains("ota-client forget-server").doesNotContain("Exception");
            assertThat(heard).noneMatch(request -> request.contains(Board.TOKEN));
            assertThat(forgotten.out()).isEqualTo("the server's proof is forgotten\n");
            assertThat(again.out()).isEqualTo("{\"forgotten\": false, \"status\": 0}\n");
            assertThat(update.status()).isZero();
            assertThat(board.installed()).isEqualTo("fw-3");
        }
    }

    /** T13. */
    @Test
    void v1ServerIsRefusedByDefaultAndGetsNoToken() throws Exception {
        try (V1Server old = new V1Server(V1Offer.of(Board.TOKEN, "fw-3", PAYLOAD))) {
            board.asking(old.address());

            Result refused = ClientProcess.run(board, "--json");

            assertThat(refused.status()).isEqualTo(77);
            assertThat(refused.out()).contains("\"error\": \"legacy_server\"").contains("legacy_server = yes");
            assertThat(old.requests()).noneMatch(request -> request.contains(Board.TOKEN));
        }
    }

    /** T23. */
    @Test
    void boardThatIsRevokedIsRefusedAtItsNextHandshake() throws Exception {
        Files.writeString(server.file("devices"), "# fleet\nboard-17 tok-of-17-Zebra\nboard-18 tok-of-18-Okapi\n");
        server.with("devices", "devices");
        board.with("security", "tok-of-17-Zebra");
        int before = ClientProcess.run(board, "check").status();

        Files.writeString(server.file("devices"), "# fleet\nboard-18 tok-of-18-Okapi\n");
        Result after = ClientProcess.run(board, "--json", "check");

        assertThat(before).isEqualTo(10);
        assertThat(after.status()).isEqualTo(77);
        assertThat(after.out()).contains("\"error\": \"secret_rejected\"");
    }

    /** T23: a board's token is that board's alone, and the fleet's is no board's. */
    @Test
    void tokenOfAnotherBoardIsRefused() throws Exception {
        Files.writeString(server.file("devices"), "board-17 tok-of-17-Zebra\nboard-18 tok-of-18-Okapi\n");
        server.with("devices", "devices");

        for (String token : List.of("tok-of-18-Okapi", Board.TOKEN)) {
            board.with("security", token);

            assertThat(catchThrowableOfType(OtaException.class, board::update).code())
                    .as(token)
                    .isEqualTo(ErrorCode.SECRET_REJECTED);
        }
        assertThat(board.with("security", "tok-of-17-Zebra").update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    @Test
    void boardGetsTheOfferOfItsProduct() throws IOException {
        server.put("gw-5", "gateway".getBytes(StandardCharsets.US_ASCII));
        server.offeringFor("gateway", "gw-5");

        board.with("product", "gateway").update();

        assertThat(board.installed()).isEqualTo("gw-5");
        assertThat(board.packages().resolve("gw-5")).hasContent("gateway");
    }

    @Test
    void productWithoutAnOfferHasNothingToDo() throws IOException {
        assertThat(board.with("product", "gateway").update().result()).isEqualTo(Outcome.Result.NOTHING_OFFERED);
    }

    @Test
    void fullServerSaysWhenToComeAgain() throws Exception {
        server.with("max_clients", "1").with("allow_legacy", "yes");
        try (Socket other =
                new Socket(server.address().getAddress(), server.address().getPort())) {
            other.getOutputStream()
                    .write(("{\"request\": \"handshake\", \"data\": {\"security\": \"" + Board.TOKEN + "\"}}")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(other.getInputStream().read(new byte[100])).isPositive();

            Result busy = ClientProcess.run(board, "--json");

            assertThat(busy.status()).isEqualTo(75);
            assertThat(busy.out())
                    .contains("\"error\": \"server_busy\"")
                    .contains("\"retry\": true")
                    .containsPattern("\"retry_after\": (\\d|[12]\\d|30),");
        }
    }

    @Test
    void packageThatIsHereAlreadyIsNotFetchedAgain() throws IOException {
        try (FaultProxy counter = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none())) {
            Files.createDirectories(board.packages());
            Files.write(board.packages().resolve("fw-2"), PAYLOAD);

            Outcome outcome = board.asking(counter.address()).update();

            assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
            // One session to ask, and one for each report.
            assertThat(counter.passedToClient()).isLessThan(3000);
        }
    }

    @Test
    void packageThatWasReplacedAfterTheHeaderComesWhole() throws IOException {
        byte[] replaced = random(150_000);
        Confirmation slow = (installed, offered) -> {
            try {
                server.put("fw-2", replaced);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return true;
        };

        Outcome outcome = board.updater().update(slow, LogProgress::new);

        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(replaced);
        assertThat(outcome.offered().orElseThrow().content().orElseThrow().size())
                .isEqualTo(150_000);
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
