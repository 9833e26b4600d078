package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that falls silent anywhere: its time is up within what config.ini says, and what came is not lost. */
class DeadlinesWireTest {
    private static final byte[] PAYLOAD = new byte[300_000];
    private static final Duration SOON = Duration.ofSeconds(10);

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
                .with("response_timeout", "1")
                .with("read_timeout", "1")
                .asking(line.address());
    }

    @AfterEach
    void stop() throws IOException {
        line.close();
        server.close();
    }

    /** In place of the challenge, after it, in the answers to the proof and to the first question. */
    @ParameterizedTest
    @ValueSource(longs = {0, 130, 300, 450})
    void silenceBeforeThePackageEndsTheRun(long bytes) throws IOException {
        line.plan(FaultPlan.none(), FaultPlan.none().silentAfter(bytes));

        assertTimedOutSoon();
        assertThat(board.kept()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 250, 450})
    void boardThatIsNotHeardEndsTheRun(long bytes) throws IOException {
        line.plan(FaultPlan.none().silentAfter(bytes), FaultPlan.none());

        assertTimedOutSoon();
        assertThat(board.kept()).isEmpty();
    }

    @Test
    void silenceWithinThePackageEndsTheRunAndKeepsWhatCame() throws IOException {
        line.plan(FaultPlan.none(), FaultPlan.none().silentAfter(0));
        line.planOnce(FaultPlan.none(), FaultPlan.none().silentAfter(150_000));

        assertTimedOutSoon();
        assertThat(board.kept()).singleElement().asString().startsWith(".part-");

        line.plan(FaultPlan.none(), FaultPlan.none());
        long passed = line.passedToClient();
        board.update();
        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
        assertThat(line.passedToClient() - passed).isLessThan(PAYLOAD.length - 149_000 + 3000);
    }

    /** Each byte comes in time, all of them do not: the clock of an answer runs from its question. */
    @Test
    void answerThatDripsEndsTheRun() throws IOException {
        line.plan(FaultPlan.none(), FaultPlan.none().throttle(20));

        assertTimedOutSoon();
    }

    private void assertTimedOutSoon() {
        long start = System.nanoTime();

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.TIMED_OUT);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    }
}
