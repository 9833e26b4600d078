package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.progress.LogProgress;
import dev.otapair.protocol.error.ErrorCode;
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
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a board says of a release that does not get as far as being installed. */
class StatesWireTest extends InstallScene {
    private static final int PACKAGE_BYTES = 200_000;

    @BeforeEach
    void prepare() {
        board.with("retries", "0");
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

        assertThat(code()).isEqualTo(ErrorCode.SCRIPT_DEFERRED);

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
            assertThat(code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        }

        assertThat(report()).contains(report(BoardState.DOWNLOADING, "fw-1", 1, 75));
        assertThat(Files.readAllLines(board.file("events")))
                .containsExactly("downloading fw-1 0", "downloading fw-1 75");
    }

    @Test
    void packageThatIsTooLargeHasFailed() throws IOException {
        publish("fw-1", KEY);
        board.with("max_package_size", "1000");

        assertThat(code()).isEqualTo(ErrorCode.PACKAGE_TOO_LARGE);

        assertThat(report()).contains(report(BoardState.FAILED, "fw-1", 1, 76));
    }

    /** Nobody trusted has said which release it is. */
    @Test
    void releaseOfAStrangerHasFailedWithoutANumber() throws IOException {
        publish("fw-1", SigningKey.generate());

        assertThat(code()).isEqualTo(ErrorCode.SIGNATURE_REJECTED);

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
        program("health_check", "test $OTA_NAME = fw-1");

        assertThat(List.of(code(), code())).containsExactly(ErrorCode.ROLLED_BACK, ErrorCode.QUARANTINED);

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
        return BoardStore.of(board.config(), new DurableFiles(), () -> {})
                .report()
                .read();
    }

    private ErrorCode code() {
        return failure().code();
    }

    private void publish(String name, SigningKey key) throws IOException {
        byte[] content = name.repeat(PACKAGE_BYTES / name.length()).getBytes(StandardCharsets.US_ASCII);
        server.publish(name, content, UnaryOperator.identity(), key);
    }
}
