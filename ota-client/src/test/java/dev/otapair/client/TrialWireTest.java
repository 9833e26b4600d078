package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.Forge;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases that fail, over many runs: which failures count, and when a board leaves one alone. */
class TrialWireTest {
    private static final byte[] PAYLOAD = new byte[300_000];

    @TempDir
    private Path folder;

    private RealServer server;
    private FaultProxy line;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        new Random(7).nextBytes(PAYLOAD);
        server = new RealServer(folder.resolve("server"))
                .offering("fw-2", PAYLOAD)
                .start();
        line = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none());
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .asking(line.address());
    }

    @AfterEach
    void stop() throws IOException {
        line.close();
        server.close();
    }

    @Test
    void scriptThatFailsIsCalledAgainAtOnceThenLaterAndThenNoMore() throws Exception {
        board.withScript("echo run >>runs", "exit 3");
        assertThat(failureOf(board)).isEqualTo(ErrorCode.SCRIPT_FAILED);
        assertThat(failureOf(board)).isEqualTo(ErrorCode.SCRIPT_FAILED);
        assertThat(failureOf(board)).isEqualTo(ErrorCode.TOO_EARLY);
        restartBoard();
        assertThat(failureOf(board)).isEqualTo(ErrorCode.QUARANTINED);
        restartBoard();

        assertThat(failureOf(board)).isEqualTo(ErrorCode.QUARANTINED);

        assertThat(board.file("runs")).hasContent("run\nrun\nrun");
        assertThat(line.passedToClient()).isLessThan(PAYLOAD.length + 20_000L);
        assertThat(board.check().verdict().orElseThrow().why()).contains("left alone");
        ClientProcess.Result status = ClientProcess.run(board, "status");
        assertThat(status.out()).contains("failed 3 of 3 times").contains("left alone");
        assertThat(ClientProcess.run(board, "check").status()).isEqualTo(72);
    }

    @Test
    void retryTriesItAgain() throws Exception {
        board.withScript("test -e mended");
        for (int run = 0; run < 3; run++) {
            failureOf(board);
            restartBoard();
        }
        assertThat(failureOf(board)).isEqualTo(ErrorCode.QUARANTINED);
        Files.createFile(board.file("mended"));

        assertThat(ClientProcess.run(board, "retry").status()).isZero();

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(ClientProcess.run(board, "status").out()).doesNotContain("trying");
    }

    @Test
    void nextReleaseIsTriedThoughTheOneBeforeIsLeftAlone() throws Exception {
        board.withScript("test \"$OTA_NAME\" = fw-3");
        for (int run = 0; run < 3; run++) {
            failureOf(board);
            restartBoard();
        }

        server.offering("fw-3", new byte[] {1});

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    /** A script that asks for another time is no failure, however often. */
    @Test
    void deferringCountsForNothing() throws Exception {
        board.withScript("exit 75");

        for (int run = 0; run < 6; run++) {
            assertThat(failureOf(board)).isEqualTo(ErrorCode.SCRIPT_DEFERRED);
        }
    }

    /** The first pair of wrong copies costs two downloads; the third one is the last. */
    @Test
    void wrongContentIsFetchedAgainOnceAndThreeTimesInAll() throws Exception {
        line.plan(FaultPlan.none(), FaultPlan.none().flipBit(150_000, 3));

        assertThat(failureOf(board)).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(line.passedToClient()).isBetween(2L * PAYLOAD.length, 2L * PAYLOAD.length + 20_000);
        assertThat(failureOf(board)).isEqualTo(ErrorCode.QUARANTINED);
        assertThat(failureOf(board)).isEqualTo(ErrorCode.QUARANTINED);

        assertThat(line.passedToClient()).isBetween(3L * PAYLOAD.length, 3L * PAYLOAD.length + 40_000);
        assertThat(board.kept()).isEmpty();
    }

    @Test
    void oneWrongCopyIsMadeGoodInTheSameRun() throws Exception {
        server.close();
        server = new RealServer(folder.resolve("second"))
                .offering("fw-2", PAYLOAD)
                .start();
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        digester.update(ByteBuffer.wrap(PAYLOAD));
        String sha256 = digester.finish(Digest.Algorithm.SHA256).hex();
        Path partial = Files.createDirectories(board.packages()).resolve(".part-" + sha256);
        byte[] damaged = Arrays.copyOf(PAYLOAD, 200_000);
        damaged[1] ^= 1;
        Files.write(partial, damaged);
        Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rw-r--r--"));
        board.asking(server.address());

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);

        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
    }

    /** A run that was cut is no failure: nothing is counted that would delay the next one. */
    @Test
    void cutsCountForNothing() throws Exception {
        line.plan(FaultPlan.none(), FaultPlan.none().resetAfter(600));
        for (int run = 0; run < 8; run++) {
            assertThat(failureOf(board)).isEqualTo(ErrorCode.CONNECTION_LOST);
        }
        line.plan(FaultPlan.none(), FaultPlan.none());

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(board.file(".ota-client").resolve("attempts")).doesNotExist();
    }

    /** Who ends it wants it to go on later, and soon: a day would be a punishment. */
    @Test
    void runThatIsToldToEndDelaysNothing() throws Exception {
        Files.createDirectories(board.file(".ota-client"));
        Files.write(
                board.file(".ota-client").resolve("attempts"),
                CheckedText.seal(
                        "ota-client-attempts/1",
                        "digest=sha256 %s\nfailed=0\nreceived=900000000\nlost=0\nboot=\nnot_before=0\n"
                                .formatted(Forge.sha256(PAYLOAD))));
        line.plan(FaultPlan.none(), FaultPlan.none().throttle(200_000));
        Thread signal = new Thread(() -> {
            while (line.passedToClient() < 50_000) {
                Thread.onSpinWait();
            }
            board.interruption().interrupt(ErrorCode.TERMINATED);
        });
        signal.start();
        assertThat(failureOf(board)).isEqualTo(ErrorCode.TERMINATED);
        signal.join();
        line.plan(FaultPlan.none(), FaultPlan.none());
        Board next = new Board(board.folder()).with("legacy_server", "no").asking(line.address());

        assertThat(next.updater().attempts().orElseThrow().received()).isGreaterThan(900_000_000);
        assertThat(next.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    /** Pauses are forgotten when the board starts anew. */
    private void restartBoard() throws IOException {
        Path attempts = board.file(".ota-client").resolve("attempts");
        String before = Files.readString(attempts).replaceFirst("ota-client-attempts/1\n", "");
        String lines = before.substring(0, before.indexOf("crc32c=")).replaceFirst("boot=\\S*", "boot=earlier");
        Files.write(attempts, CheckedText.seal("ota-client-attempts/1", lines));
    }

    private static ErrorCode failureOf(Board board) {
        return catchThrowableOfType(OtaException.class, board::update).code();
    }
}
