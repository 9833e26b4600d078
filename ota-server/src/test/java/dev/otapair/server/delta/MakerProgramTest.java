package dev.otapair.server.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MakerProgramTest {
    private static final int SOMEBODY = 12345;
    private static final Pair PAIR = new Pair(
            new Digest(Digest.Algorithm.SHA256, "ab".repeat(32)), Optional.empty(), Ability.ALL, ObjectNumbers.NONE);

    @TempDir
    private Path folder;

    @Test
    void rootWorksWithTheRightsOfWhomTheFolderBelongsTo() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root gives files away");
        Path state = Files.createDirectory(folder.resolve("state"));
        Files.setAttribute(state, "unix:uid", SOMEBODY);
        Files.setAttribute(state, "unix:gid", SOMEBODY);

        // It is not there yet, and will be made by them.
        List<String> command = byCommand(state.resolve("deltas"));

        assertThat(command)
                .startsWith(
                        "setsid", "--wait", "setpriv", "--reuid=" + SOMEBODY, "--regid=" + SOMEBODY, "--clear-groups")
                .containsSequence("make-patch", "--attended");
    }

    /** Who may put a link there says where it leads. */
    @Test
    void linkOfSomebodyElseGivesTheirRights() throws IOException {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root gives files away");
        Path state = Files.createDirectory(folder.resolve("state"));
        Path link = Files.createSymbolicLink(state.resolve("deltas"), Path.of("/etc"));
        Files.setAttribute(link, "unix:uid", SOMEBODY, LinkOption.NOFOLLOW_LINKS);

        assertThat(byCommand(link)).contains("--reuid=" + SOMEBODY);
        assertThat(byCommand(link.resolve("deeper"))).contains("--reuid=" + SOMEBODY);
    }

    @Test
    void whoWorksInAFolderOfTheirOwnKeepsTheirRights() {
        assertThat(byCommand(folder)).doesNotContain("setpriv");
    }

    @Test
    void toolThatDoesNotEndIsOfNoUse() {
        assertThat(MakerProgram.works(List.of("sh", "-c", "exec sleep 100"), Duration.ofMillis(1)))
                .isFalse();
        assertThat(MakerProgram.works(List.of("sh", "-c", "exec \"$0\""), Duration.ofMinutes(1)))
                .isTrue();
    }

    /** With a shell script in place of the program. */
    @Test
    void processThatTakesTooLongIsEndedWithAllItStarted() throws Exception {
        Path pid = folder.resolve("pid");
        String script = "sleep 100 & echo $! > %s; wait".formatted(pid);
        int status;

        try (MakerProcess process = MakerProcess.start(PAIR, List.of("sh", "-c", script))) {
            Awaitility.await().until(() -> Files.exists(pid) && Files.size(pid) > 1);
            status = process.status(Duration.ofMillis(1));
        }

        assertThat(status).isEqualTo(MakerProcess.TIMED_OUT);
        long started = Long.parseLong(Files.readString(pid).strip());
        Awaitility.await()
                .until(() ->
                        ProcessHandle.of(started).filter(ProcessHandle::isAlive).isEmpty());
    }

    private List<String> byCommand(Path deltas) {
        ServerConfig.Deltas settings = new ServerConfig.Deltas(
                true, deltas, 1 << 30, ServerConfig.Deltas.MIN_MEMORY, Duration.ZERO, 5, Duration.ofDays(7));
        return MakerProgram.ofCommand(folder.resolve("config.ini"), settings).command(PAIR);
    }
}
