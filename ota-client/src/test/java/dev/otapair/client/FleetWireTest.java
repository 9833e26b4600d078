package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.store.BoardRecord;
import dev.otapair.server.store.LedgerFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bad release on a fleet, and what the server is told of it. {@code -Dfleet.boards=200} is the size of the claim. */
class FleetWireTest {
    private static final int BOARDS = Integer.getInteger("fleet.boards", 200);
    private static final int AT_ONCE = 6;
    private static final SigningKey KEY = SigningKey.generate();

    @TempDir
    private Path folder;

    private RealServer server;

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server"))
                .with("max_clients", "1000")
                .with("max_connections", "2000")
                .with("log_level", "error")
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Every one ends on the release before, healthy, with the bad one quarantined and reported; none counts as good. */
    @Test
    void badReleaseTakesItselfBackOnEveryBoard() throws Exception {
        List<Board> boards = new ArrayList<>();
        for (int number = 0; number < BOARDS; number++) {
            boards.add(board(number));
        }
        publish("fw-1");
        onAll(boards, board -> assertThat(board.update().installed()).hasToString("fw-1"));
        publish("fw-2");
        // Every tenth cannot say what became of it.
        List<Board> offline =
                boards.stream().filter(board -> boards.indexOf(board) % 10 == 0).toList();

        onAll(boards, board -> {
            OtaException failure = catchThrowableOfType(
                    OtaException.class, () -> Deed.of(offline.contains(board)).on(board));
            assertThat(failure.code()).isEqualTo(ErrorCode.ROLLED_BACK);
        });
        onAll(boards, board -> {
            assertThat(board.installed()).isEqualTo("fw-1");
            assertThat(Files.readSymbolicLink(board.packages().resolve("current")))
                    .hasToString("fw-1");
            board.asking(server.address());
            OtaException again = catchThrowableOfType(OtaException.class, board::update);
            assertThat(again.code()).isEqualTo(ErrorCode.QUARANTINED);
        });

        Map<DeviceId, BoardRecord> known = known();
        assertThat(known).hasSize(BOARDS);
        assertThat(known.values()).allSatisfy(record -> {
            assertThat(stateOf(record)).isEqualTo(BoardState.ROLLED_BACK);
            assertThat(record.installed().orElseThrow()).hasToString("fw-1");
        });
        System.out.printf(
                "%d boards, %d of them offline for their report: %d rolled back and reported, 0 counted as good%n",
                BOARDS,
                offline.size(),
                known.values().stream()
                        .filter(record -> stateOf(record).equals(BoardState.ROLLED_BACK))
                        .count());
    }

    @Test
    void goodReleaseIsReportedAsSuch() throws Exception {
        Board board = board(0);
        publish("fw-1");

        board.update();

        BoardRecord record = known().values().iterator().next();
        assertThat(stateOf(record)).isEqualTo(BoardState.GOOD);
        assertThat(record.installed().orElseThrow()).hasToString("fw-1");
    }

    @Test
    void scriptThatFailsIsReportedWithItsStatus() throws Exception {
        Board board = board(0).withScript("exit 1");
        publish("fw-1");

        catchThrowableOfType(OtaException.class, board::update);

        BoardRecord record = known().values().iterator().next();
        assertThat(stateOf(record)).isEqualTo(BoardState.FAILED);
        assertThat(record.state().orElseThrow().code()).isEqualTo(70);
    }

    private Board board(int number) throws IOException {
        Board board = new Board(Files.createDirectories(folder.resolve("board-" + number)))
                .asking(server.address())
                .with("legacy_server", "no")
                .with("device_id", "board-" + number)
                .with("health_timeout", "1")
                .with("health_window", "1")
                .with("health_interval", "1")
                .trusting(KEY)
                .withScript("exit 0");
        Files.writeString(board.file("health.sh"), "test \"$OTA_NAME\" = fw-1\n");
        return board.with("health_check", "health.sh");
    }

    private interface Deed {
        /** How a release comes to a board, which may have lost its line by then. */
        static Deed of(boolean isOffline) {
            return isOffline
                    ? board -> {
                        board.download();
                        board.with("port", "1").installStaged();
                    }
                    : Board::update;
        }

        void on(Board board) throws Exception;
    }

    private static void onAll(List<Board> boards, Deed deed) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        List<Future<?>> done = new ArrayList<>();
        for (Board board : boards) {
            done.add(threads.submit(() -> {
                deed.on(board);
                return null;
            }));
        }
        for (Future<?> each : done) {
            each.get();
        }
        threads.shutdown();
    }

    private static BoardState stateOf(BoardRecord record) {
        return record.state().orElseThrow().state();
    }

    /** Returns what the server's file holds, once the server has ended. */
    private Map<DeviceId, BoardRecord> known() {
        server.close();
        return LedgerFile.read(folder.resolve("server/.ota-server")).boards();
    }

    private void publish(String name) throws IOException {
        server.publish(name, name.getBytes(StandardCharsets.US_ASCII), UnaryOperator.identity(), KEY);
    }
}
