package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Releases that are unpacked: the folder is what is installed, and what scripts are called for. */
class UnpackedInstallWireTest extends InstallScene {

    @BeforeEach
    void prepare() throws IOException {
        board.with("unpack", "yes").withScript("echo \"$1 $(cat \"$1/version\")\" >>calls");
    }

    @Test
    void currentIsTheFolderThatWasUnpacked() throws Exception {
        publish("fw-1", "one");

        board.update();

        Path release = board.packages().resolve("releases/fw-1");
        assertThat(board.packages().resolve("current")).isSymbolicLink();
        assertThat(Files.readString(board.packages().resolve("current/version")))
                .isEqualTo("one");
        assertThat(board.file("calls")).hasContent(release + " one");
        assertThat(board.packages().resolve("releases").toFile().list()).containsExactly("fw-1");
    }

    @Test
    void releaseThatFailsIsNeverMixedWithTheOneBefore() throws Exception {
        publish("fw-1", "one");
        board.update();
        publish("fw-2", "two");
        board.withScript("exit 1");

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.SCRIPT_FAILED);
        assertThat(Files.readString(board.packages().resolve("current/version")))
                .isEqualTo("one");
    }

    @Test
    void packageThatIsNoArchiveIsGivenUpAfterThreeTries() throws Exception {
        publish("fw-1", "one");
        board.update();
        server.publish("fw-2", "no archive".getBytes(StandardCharsets.US_ASCII), UnaryOperator.identity(), KEY);

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        assertThat(Files.readString(board.packages().resolve("current/version")))
                .isEqualTo("one");
        assertThat(board.file(".ota-client").resolve("journal")).doesNotExist();
        assertThat(board.file(".ota-client").resolve("attempts")).content().contains("failed=1");
    }

    @Test
    void oldFoldersAreRemovedWithTheirPackages() throws Exception {
        for (String name : new String[] {"fw-1", "fw-2", "fw-3"}) {
            publish(name, name);
            board.update();
        }

        assertThat(board.packages().resolve("releases").toFile().list()).containsExactlyInAnyOrder("fw-2", "fw-3");
        assertThat(board.kept()).containsExactly("fw-2", "fw-3", "releases");
    }

    /** What is installed is never removed, whatever it was called before. */
    @Test
    void releaseThatIsInstalledAgainUnpackedStays() throws Exception {
        board.with("unpack", "no").withScript("exit 0");
        publish("fw-1", "one");
        board.update();
        publish("fw-2", "two");
        board.update();
        board.with("unpack", "yes");

        board.install(server.packages().resolve("fw-1"), true);

        assertThat(Files.readString(board.packages().resolve("current/version")))
                .isEqualTo("one");
    }

    @Test
    void releaseThatFailsWithNothingBeforeItLeavesNoCurrent() throws Exception {
        Files.writeString(board.file("health.sh"), "test -x \"$1/bin/ota-client\"\n");
        board.with("health_check", "health.sh")
                .with("health_timeout", "1")
                .with("health_window", "1")
                .with("health_interval", "1");
        publish("client-1", "one");

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.ROLLED_BACK);
        assertThat(board.packages().resolve("current")).doesNotExist();
    }

    private void publish(String name, String version) throws Exception {
        Path tree = Files.createDirectories(folder.resolve("tree-" + name));
        Files.writeString(tree.resolve("version"), version);
        Path archive = folder.resolve(name + ".tar.gz");
        int status = new ProcessBuilder("tar", "-czf", archive.toString(), "-C", tree.toString(), ".")
                .start()
                .waitFor();
        assertThat(status).isZero();
        server.publish(name, Files.readAllBytes(archive), UnaryOperator.identity(), KEY);
    }
}
