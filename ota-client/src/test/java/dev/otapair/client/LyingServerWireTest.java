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
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers offer the same package, and bits of what one of them sends are wrong: the board finds out which one, and gets it. */
class LyingServerWireTest {
    private static final byte[] PAYLOAD = new byte[300_000];
    private static final int HALF = 150_000;

    @TempDir
    private Path folder;

    private RealServer server;
    private FaultProxy first;
    private FaultProxy second;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        new Random(5).nextBytes(PAYLOAD);
        server = new RealServer(folder.resolve("server"))
                .offering("fw-2", PAYLOAD)
                .start();
        first = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none());
        second = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none());
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .with("retries", "1")
                .withScript("cp .ota-client/attempts seen || true")
                .with("server", listOf(first, second));
    }

    @AfterEach
    void stop() throws IOException {
        second.close();
        first.close();
        server.close();
    }

    @Test
    void liarIsNotAskedAgainAndNothingCountsAgainstTheRelease() throws IOException {
        first.plan(FaultPlan.none(), lie());

        assertUpdatedAndNothingCounted();

        assertThat(first.connections()).isEqualTo(1);
        assertThat(second.passedToClient()).isLessThan(PAYLOAD.length + 20_000L);
    }

    /** More runs than a release has failures: the one that lies is there every time, the other one at last. */
    @Test
    void releaseIsNotLeftAloneWhileAnotherServerMayHaveIt() throws IOException {
        first.plan(FaultPlan.none(), lie());
        second.plan(FaultPlan.none(), FaultPlan.none().finAfter(0));
        for (int run = 0; run < 4; run++) {
            assertThat(failure().code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        }
        second.plan(FaultPlan.none(), FaultPlan.none());

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    /** As above, where the other one is asked first, and given up for this run. */
    @Test
    void serverThatIsGivenUpMayHaveItNextTime() throws IOException {
        board.with("retries", "0").with("server", listOf(second, first));
        first.plan(FaultPlan.none(), lie());
        second.plan(FaultPlan.none(), FaultPlan.none().finAfter(0));
        for (int run = 0; run < 3; run++) {
            failure();
        }
        assertThat(board.updater().attempts().orElseThrow().failed()).isZero();
        second.plan(FaultPlan.none(), FaultPlan.none());

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    /** Half comes from the one that lies; the other one goes on with it, and is not blamed for the whole. */
    @Test
    void contentOfTwoServersIsFetchedAnewFromOneAtATime() throws IOException {
        first.planOnce(FaultPlan.none(), lie().finAfter(HALF));
        first.plan(FaultPlan.none(), FaultPlan.none().finAfter(0));

        assertUpdatedAndNothingCounted();

        assertThat(second.passedToClient()).isBetween(400_000L, HALF + PAYLOAD.length + 20_000L);
    }

    @Test
    void oneOfTwoThatLiesAloneIsFoundOut() throws IOException {
        first.planOnce(FaultPlan.none(), FaultPlan.none().finAfter(HALF));
        first.planOnce(FaultPlan.none(), FaultPlan.none().finAfter(0));
        second.plan(FaultPlan.none(), lie());

        assertUpdatedAndNothingCounted();

        assertThat(second.connections()).isEqualTo(2);
    }

    /** What one has sent is not mixed with the other's any more, though that costs it. */
    @Test
    void serverThatIsCutWhenTakenAloneIsFollowedByTheOtherFromTheBeginning() throws IOException {
        first.planOnce(FaultPlan.none(), lie().finAfter(HALF));
        first.planOnce(FaultPlan.none(), FaultPlan.none().finAfter(0));
        second.planOnce(FaultPlan.none(), FaultPlan.none());
        second.planOnce(FaultPlan.none(), lie().finAfter(HALF));
        second.plan(FaultPlan.none(), FaultPlan.none().finAfter(0));

        assertUpdatedAndNothingCounted();

        assertThat(first.passedToClient()).isGreaterThan(HALF + PAYLOAD.length - 1000L);
    }

    @Test
    void releaseThatIsWrongEverywhereCountsOnce() throws IOException {
        first.plan(FaultPlan.none(), lie());
        second.plan(FaultPlan.none(), lie());

        assertThat(failure().code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);

        assertThat(board.updater().attempts().orElseThrow().failed()).isEqualTo(1);
        assertThat(first.connections() + second.connections()).isEqualTo(2);
    }

    private void assertUpdatedAndNothingCounted() throws IOException {
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
        assertThat(board.file("seen")).doesNotExist();
    }

    private OtaException failure() {
        return catchThrowableOfType(OtaException.class, board::update);
    }

    private static FaultPlan lie() {
        return FaultPlan.none().flipBit(50_000, 3);
    }

    private static String listOf(FaultProxy... lines) {
        return Stream.of(lines)
                .map(line -> "127.0.0.1:" + line.address().getPort())
                .collect(Collectors.joining(", "));
    }
}
