package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.Forge;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One run, many connections: each goes on where the one before was cut. */
class ResumeWireTest {
    private static final int SIZE = 2_000_000;
    private static final int CUT = 100_000;
    private static final byte[] PAYLOAD = random(SIZE, 1);

    @TempDir
    private Path folder;

    private RealServer server;
    private FaultProxy line;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server"))
                .offering("fw-2", PAYLOAD)
                .start();
        line = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none());
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .withScript("echo ran >>runs")
                .asking(line.address());
    }

    @AfterEach
    void stop() throws IOException {
        line.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"FIN", "RST"})
    void oneRunFinishesThoughEveryConnectionIsCut(String how) throws IOException {
        line.plan(
                FaultPlan.none(),
                how.equals("FIN")
                        ? FaultPlan.none().finAfter(CUT)
                        : FaultPlan.none().resetAfter(CUT));

        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
        assertThat(board.kept()).containsExactly("fw-2");
        assertThat(board.file("runs")).hasContent("ran");
        assertThat(line.connections()).isGreaterThanOrEqualTo(SIZE / CUT);
        assertThat(line.passedToClient()).isLessThanOrEqualTo(SIZE * 12L / 10);
    }

    /** The other one may be far, or know nothing of what is here. */
    @Test
    void serverThatBringsSomethingIsKept() throws IOException {
        line.plan(FaultPlan.none(), FaultPlan.none().finAfter(SIZE / 4));
        try (FaultProxy other = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none())) {
            askToo(other);

            board.update();

            assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
            assertThat(other.connections()).isZero();
        }
    }

    /** It would take two thousand of them. */
    @Test
    void lineThatBringsSomeBytesAtATimeEndsTheRun() {
        line.plan(FaultPlan.none(), FaultPlan.none().finAfter(2000));

        OtaException failure = catchThrowableOfType(OtaException.class, board.with("retries", "2")::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(line.connections()).isEqualTo(3);
    }

    @Test
    void packageThatIsReplacedDuringTheCutComesWhole() throws Exception {
        byte[] replaced = random(300_000, 2);
        line.plan(FaultPlan.none(), FaultPlan.none().finAfter(CUT));
        Thread administrator = whenCut(() -> put("fw-2", replaced));

        Outcome outcome = board.update();
        administrator.join();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(replaced);
        assertThat(board.kept()).containsExactly("fw-2");
    }

    @Test
    void anotherPackageThatIsOfferedDuringTheCutComesWhole() throws Exception {
        byte[] next = random(300_000, 3);
        line.plan(FaultPlan.none(), FaultPlan.none().finAfter(CUT));
        Thread administrator = whenCut(() -> put("fw-3", next) && offer("fw-3"));

        board.update();
        administrator.join();

        assertThat(board.installed()).isEqualTo("fw-3");
        assertThat(board.packages().resolve("fw-3")).hasBinaryContent(next);
        assertThat(board.kept()).containsExactly("fw-3");
    }

    /** All of it would be read for each connection: on a slow disk, as long as fetching it. */
    @Test
    void packageThatIsNotTheOneOnOfferIsReadOnce() throws Exception {
        Path held = Files.createDirectories(board.packages()).resolve("fw-2");
        Files.write(held, new byte[SIZE]);
        line.plan(FaultPlan.none(), FaultPlan.none().finAfter(SIZE / 2));
        Thread administrator = whenCut(() -> write(held));

        board.update();
        administrator.join();

        assertThat(line.passedToClient()).isGreaterThan(SIZE);
    }

    @Test
    void packageThatIsWithdrawnDuringTheCutLeavesNothing() throws Exception {
        line.plan(FaultPlan.none(), FaultPlan.none().finAfter(CUT));
        Thread administrator = whenCut(() -> offer(""));

        Outcome outcome = board.update();
        administrator.join();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.NOTHING_OFFERED);
        assertThat(outcome.offered()).isEmpty();
        assertThat(board.kept()).isEmpty();
        assertThat(board.file("runs")).doesNotExist();
    }

    /** One that lags behind has nothing on offer yet: what another one sent is not its to remove. */
    @Test
    void nothingOnOfferAtOneOfSeveralEndsTheRunAndKeepsWhatCame() throws Exception {
        line.planOnce(FaultPlan.none(), FaultPlan.none().finAfter(SIZE / 2));
        line.plan(FaultPlan.none(), FaultPlan.none().finAfter(0));
        catchThrowableOfType(OtaException.class, board::update);
        line.plan(FaultPlan.none(), FaultPlan.none());
        offer("");
        try (FaultProxy other = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none())) {
            askToo(other);

            Outcome outcome = board.update();

            assertThat(outcome.result()).isEqualTo(Outcome.Result.NOTHING_OFFERED);
            assertThat(board.kept()).containsExactly(".part-" + Forge.sha256(PAYLOAD));
            assertThat(other.connections()).isZero();
        }
    }

    @Test
    void bytesThatACrashMadeWrongAreNoFailureOfTheRelease() throws IOException {
        board.withScript("cp .ota-client/attempts seen || true");
        Path remains = Files.createDirectories(board.packages()).resolve(".part-" + Forge.sha256(PAYLOAD));
        Files.write(remains, new byte[SIZE]);

        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
        assertThat(board.file("seen")).doesNotExist();
    }

    @Test
    void flippedByteInOneOfThePiecesIsFound() throws IOException {
        line.plan(FaultPlan.none(), FaultPlan.none().flipBit(50_000, 3).finAfter(SIZE / 2 + 50_000));

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(board.kept()).isEmpty();
    }

    /** Does it when the first connection has brought some of the package: within the client's pause. */
    private Thread whenCut(BooleanSupplier work) {
        Thread thread = new Thread(() -> {
            while (line.passedToClient() < CUT) {
                Thread.onSpinWait();
            }
            assertThat(work.getAsBoolean()).isTrue();
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void askToo(FaultProxy other) {
        board.with(
                "server",
                "127.0.0.1:%d, 127.0.0.1:%d"
                        .formatted(line.address().getPort(), other.address().getPort()));
    }

    private static boolean write(Path file) {
        try {
            Files.write(file, PAYLOAD);
            return true;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private boolean put(String name, byte[] content) {
        try {
            server.put(name, content);
            return true;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private boolean offer(String name) {
        try {
            server.with("latest", name);
            return true;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] random(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
