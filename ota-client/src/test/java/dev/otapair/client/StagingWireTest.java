package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.Wish;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Packages that are fetched now and installed later. 2026-11-23 is a Monday. */
class StagingWireTest extends InstallScene {
    private static final SigningKey SAFE = SigningKey.generate();

    @BeforeEach
    void prepare() throws IOException {
        board.trusting(KEY, SAFE)
                .with("recovery_keys", SAFE.publicHalf().id().value())
                .withScript("echo \"after $OTA_NAME\" >>calls");
    }

    @Test
    void whatWasDownloadedIsInstalledLaterWithoutANetwork() throws Exception {
        publish("fw-1");
        ClientProcess.Result fetched = ClientProcess.run(board, "download");
        assertThat(fetched.status()).as(fetched.all()).isZero();
        assertThat(fetched.out()).startsWith("staged; installed: nothing; offered: fw-1");
        assertThat(board.file("calls")).doesNotExist();
        server.close();

        ClientProcess.Result installed = ClientProcess.run(board, "install");

        assertThat(installed.status()).as(installed.all()).isZero();
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(board.file("calls")).hasContent("after fw-1");
        assertThat(ClientProcess.run(board, "install").status()).isEqualTo(75);
    }

    @Test
    void updateFetchesNowAndInstallsWhenTheWindowIsOpen() throws IOException {
        publish("fw-1");
        board.with("window", "Mon-Fri 02:00-04:00").with("window_zone", "UTC").at("2026-11-23T01:00:00Z");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);
        assertThat(board.kept()).containsExactly("fw-1");
        assertThat(board.file("calls")).doesNotExist();
        assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);
        server.close();

        OtaException closed = catchThrowableOfType(OtaException.class, board::update);
        board.at("2026-11-23T02:30:00Z");
        Outcome open = board.update();

        assertThat(closed.code()).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(open.result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(board.installed()).isEqualTo("fw-1");
    }

    /** It does not wait for the night, but for what holds. */
    @Test
    void urgentReleaseIsInstalledOutsideOfTheWindow() throws IOException {
        server.publish("fw-1", bytes("fw-1"), Wish::urgent, KEY);
        board.with("window", "Mon 02:00-04:00").with("window_zone", "UTC").at("2026-11-23T12:00:00Z");
        Path hold = Files.createFile(board.file("busy"));
        board.with("hold_file", "busy");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);

        Files.delete(hold);

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    @Test
    void fileThatHoldsIsObeyed() throws IOException {
        publish("fw-1");
        Path hold = Files.createFile(board.file("busy"));
        board.with("hold_file", "busy");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);

        Files.delete(hold);

        assertThat(board.update().installed().toString()).isEqualTo("fw-1");
        assertThat(board.file("calls")).hasContent("after fw-1");
    }

    @Test
    void programThatHoldsIsObeyed() throws IOException {
        publish("fw-1");
        Files.writeString(board.file("hold.sh"), "test -e free || exit 75\n");
        board.with("hold", "hold.sh");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);

        Files.createFile(board.file("free"));

        assertThat(board.update().installed().toString()).isEqualTo("fw-1");
    }

    /** Time is counted while the board is up: no clock that is set makes it longer or shorter. */
    @Test
    void packageThatHasWaitedTooLongIsInstalledAllTheSame() throws Exception {
        publish("fw-1");
        board.with("hold_file", "config.ini").with("max_deferral", "1");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);
        board.at("1970-01-01T00:00:00Z");
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < 2_100_000_000L) {
            Thread.onSpinWait();
        }

        assertThat(board.update().installed().toString()).isEqualTo("fw-1");
    }

    /** What was good when it came need not be when it is installed. */
    @Test
    void keyThatWasRevokedMeanwhileInstallsNothing() throws Exception {
        publish("fw-1");
        board.download();
        server.publish("fw-2", bytes("fw-2"), wish -> wish.revoking(KEY), SAFE);
        board.check();
        board.with("hold_file", "config.ini");
        board.update();
        server.close();
        board.with("hold_file", "");

        OtaException failure = catchThrowableOfType(OtaException.class, board::installStaged);

        assertThat(failure).isNull();
        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(board.file("calls")).hasContent("after fw-2");
    }

    @Test
    void packageThatWasDamagedWhileItWaitedIsNotInstalled() throws IOException {
        publish("fw-1");
        board.download();
        Files.writeString(board.packages().resolve("fw-1"), "evil");
        server.close();

        OtaException failure = catchThrowableOfType(OtaException.class, board::installStaged);

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(board.file("calls")).doesNotExist();
    }

    @Test
    void packageThatWasWithdrawnWhileItWaitedIsForgotten() throws IOException {
        publish("fw-1");
        board.download();

        server.publisher().withdraw(new PackageName("fw-1"));
        board.update();

        OtaException failure = catchThrowableOfType(OtaException.class, board::installStaged);
        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_UNAVAILABLE);
        assertThat(board.file("calls")).doesNotExist();
    }

    /** Its successor is known, whether it gets here or not. */
    @Test
    void packageThatWasReplacedWhileItWaitedIsForgottenThoughItsSuccessorDoesNotCome() throws Exception {
        publish("fw-1");
        board.with("retries", "0").with("hold_file", "hold");
        Files.writeString(board.file("hold"), "");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);
        server.publish("fw-2", new byte[200_000], UnaryOperator.identity(), KEY);
        Files.delete(board.file("hold"));
        FaultPlan none = FaultPlan.none();
        try (FaultProxy proxy = new FaultProxy(server.address(), none, none.finAfter(1))) {
            proxy.planOnce(none, none.finAfter(100_000));
            board.asking(proxy.address());

            OtaException failure = catchThrowableOfType(OtaException.class, board::update);

            assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        }
        server.close();
        assertThat(catchThrowableOfType(OtaException.class, board::update).code())
                .isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(board.installed()).isEmpty();
    }

    /** Names may stay the same from release to release. */
    @Test
    void packageThatWasReplacedUnderItsNameIsForgottenToo() throws Exception {
        publish("fw");
        board.with("retries", "0").with("hold_file", "hold");
        Files.writeString(board.file("hold"), "");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);
        server.publisher().withdraw(new PackageName("fw"));
        Files.delete(server.packages().resolve("fw"));
        server.publish("fw", new byte[200_000], UnaryOperator.identity(), KEY);
        Files.delete(board.file("hold"));
        FaultPlan none = FaultPlan.none();
        try (FaultProxy proxy = new FaultProxy(server.address(), none, none.finAfter(1))) {
            proxy.planOnce(none, none.finAfter(100_000));
            board.asking(proxy.address());
            catchThrowableOfType(OtaException.class, board::update);
        }
        server.close();

        assertThat(catchThrowableOfType(OtaException.class, board::update).code())
                .isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(board.installed()).isEmpty();
    }

    /** Without a server as well. */
    @Test
    void failureOfAPackageThatWaitedHasItsPause() throws Exception {
        publish("fw-1");
        assertThat(board.download().result()).isEqualTo(Outcome.Result.STAGED);
        board.withScript("echo >>calls; exit 1");
        server.close();
        List<ErrorCode> codes = new ArrayList<>();
        for (int run = 0; run < 4; run++) {
            codes.add(catchThrowableOfType(OtaException.class, board::update).code());
        }

        assertThat(codes)
                .containsExactly(
                        ErrorCode.SCRIPT_FAILED, ErrorCode.SCRIPT_FAILED, ErrorCode.UNREACHABLE, ErrorCode.UNREACHABLE);
    }

    @Test
    void preDownloadSaysWhetherAPackageIsFetched() throws IOException {
        publish("fw-1");
        Files.writeString(board.file("pre.sh"), "echo \"$1 $OTA_NAME\" >>asked; exit 75\n");
        board.with("pre_download", "pre.sh");

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.SCRIPT_DEFERRED);
        assertThat(board.file("asked")).hasContent("fw-1 fw-1");
        assertThat(board.kept()).isEmpty();
    }
}
