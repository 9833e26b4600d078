package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.progress.LogProgress;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import dev.otapair.server.store.BoardRecord;
import dev.otapair.server.store.LedgerFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a board says of a release that does not get as far as being installed. */
class StatesWireTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final int PACKAGE_BYTES = 200_000;

    @TempDir
    private Path folder;

    private RealServer server;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server")).start();
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .asking(server.address())
                .with("legacy_server", "no")
                .with("retries", "0")
                .trusting(KEY);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void releaseThatSomebodyDeclinesIsOffered() throws IOException {
        publish("fw-1", KEY);

        board.updater().update((installed, latest) -> false, LogProgress::new);

        assertThat(report()).contains(new Report(BoardState.OFFERED, new PackageName("fw-1"), 1));
    }

    @Test
    void releaseThatAHookHoldsBackIsOfferedWithItsStatus() throws IOException {
        publish("fw-1", KEY);
        program("pre_download", "exit 1");

        assertThat(failure()).isEqualTo(ErrorCode.SCRIPT_DEFERRED);

        assertThat(report()).contains(report(BoardState.OFFERED, "fw-1", 1, 75));
    }

    @Test
    void packageThatWasCutIsDownloading() throws Exception {
        publish("fw-1", KEY);
        program("on_event", "echo \"$1 $OTA_NAME $OTA_CODE\" >>events");
        FaultPlan none = FaultPlan.none();
        try (FaultProxy proxy = new FaultProxy(server.address(), none, none.finAfter(1))) {
            proxy.planOnce(none, none.finAfter(PACKAGE_BYTES / 2));
            board.asking(proxy.address());
            assertThat(failure()).isEqualTo(ErrorCode.CONNECTION_LOST);
        }

        assertThat(report()).contains(report(BoardState.DOWNLOADING, "fw-1", 1, 75));
        assertThat(Files.readAllLines(board.file("events")))
                .containsExactly("downloading fw-1 0", "downloading fw-1 75");
    }

    @Test
    void packageThatIsTooLargeHasFailed() throws IOException {
        publish("fw-1", KEY);
        board.with("max_package_size", "1000");

        assertThat(failure()).isEqualTo(ErrorCode.PACKAGE_TOO_LARGE);

        assertThat(report()).contains(report(BoardState.FAILED, "fw-1", 1, 76));
    }

    /** Nobody trusted has said which release it is. */
    @Test
    void releaseOfAStrangerHasFailedWithoutANumber() throws IOException {
        publish("fw-1", SigningKey.generate());

        assertThat(failure()).isEqualTo(ErrorCode.SIGNATURE_REJECTED);

        assertThat(report()).contains(report(BoardState.FAILED, "fw-1", 0, 77));
    }

    /** What is told once is not told over and over: neither to programs, nor to the disk. */
    @Test
    void stateThatLastsIsNoNews() throws IOException {
        publish("fw-1", SigningKey.generate());
        program("on_event", "echo \"$1\" >>events");

        failure();
        failure();
        failure();

        assertThat(Files.readAllLines(board.file("events"))).containsExactly("failed");
    }

    @Test
    void releaseThatIsLeftAloneStaysTakenBack() throws IOException {
        publish("fw-1", KEY);
        board.update();
        publish("fw-2", KEY);
        board.with("health_timeout", "1");
        program("health_check", "test $OTA_NAME = fw-1");

        assertThat(List.of(failure(), failure())).containsExactly(ErrorCode.ROLLED_BACK, ErrorCode.QUARANTINED);

        assertThat(report()).contains(report(BoardState.ROLLED_BACK, "fw-2", 2, 72));
    }

    /** A question that changes nothing tells it as well. */
    @Test
    void serverHearsOfItWithTheNextCheck() throws IOException {
        publish("fw-1", SigningKey.generate());
        failure();

        board.check();

        server.close();
        BoardRecord known = LedgerFile.read(folder.resolve("server/.ota-server"))
                .boards()
                .values()
                .iterator()
                .next();
        assertThat(known.state()).contains(report(BoardState.FAILED, "fw-1", 0, 77));
        assertThat(known.installed()).isEmpty();
    }

    private static Report report(BoardState state, String about, long release, int code) {
        return new Report(state, Optional.of(new PackageName(about)), release, code);
    }

    private Optional<Report> report() throws IOException {
        return BoardStore.of(board.config(), new DurableFiles()).report().read();
    }

    private ErrorCode failure() {
        return catchThrowableOfType(OtaException.class, board::update).code();
    }

    private void publish(String name, SigningKey key) throws IOException {
        byte[] content = name.repeat(PACKAGE_BYTES / name.length()).getBytes(StandardCharsets.US_ASCII);
        server.publish(name, content, UnaryOperator.identity(), key);
    }

    private void program(String key, String line) throws IOException {
        Files.writeString(board.file(key + ".sh"), line + "\n");
        board.with(key, key + ".sh");
    }
}
