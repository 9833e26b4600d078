package dev.otapair.client.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of packaging/after-process, edited as an operator would, with stand-ins for programs that change a board. */
class AfterProcessExamplesTest {
    private static final Path EXAMPLES =
            Path.of(System.getProperty("projectRoot", "..")).resolve("packaging/after-process");
    private static final String ON_A = "console=ttyS0 root=%s rw\n";

    @TempDir
    private Path board;

    private Path programs;
    private Path file;
    private Path slotA;
    private Path slotB;

    @BeforeEach
    void prepareBoard() throws IOException {
        programs = Files.createDirectory(board.resolve("programs"));
        file = Files.writeString(
                Files.createDirectory(board.resolve("packages")).resolve("fw 2.img"), "new system");
        slotA = Files.writeString(board.resolve("slot-a"), "system A, which runs");
        slotB = Files.writeString(board.resolve("slot-b"), "system B, which is old");
        runFrom(slotA);
        standIn("pidof", "exit 1");
    }

    @Test
    void raucGetsTheBundle() throws IOException, InterruptedException {
        standIn("rauc", "");

        assertThat(run("rauc-install.sh", "d1")).isZero();
        assertThat(calls()).containsExactly("rauc|install|" + file + "|");
    }

    @Test
    void raucThatIsBusyIsAskedLater() throws IOException, InterruptedException {
        standIn("rauc", "echo 'Failed to send install message: Already processing a different method' >&2; exit 1");

        assertThat(run("rauc-install.sh", "d1")).isEqualTo(75);
    }

    @Test
    void raucThatRefusesABundleHasFailed() throws IOException, InterruptedException {
        standIn("rauc", "echo 'LastError: signature verification failed'; exit 75");

        assertThat(run("rauc-install.sh", "d1")).isEqualTo(1);
    }

    @Test
    void raucInstallsAgainUntilTheBoardRunsFromTheOtherSlot() throws IOException, InterruptedException {
        standIn("rauc", "");
        run("rauc-install.sh", "d1");

        assertThat(run("rauc-install.sh", "d1")).isZero();
        assertThat(calls()).hasSize(2);
        runFrom(slotB);
        assertThat(run("rauc-install.sh", "d1")).isZero();
        assertThat(calls()).hasSize(2);
        assertThat(run("rauc-install.sh", "d2")).isZero();
        assertThat(calls()).hasSize(3);
    }

    @Test
    void swupdateGetsThePackageAndTheOtherSlot() throws IOException, InterruptedException {
        standIn("swupdate", "");

        assertThat(run("swupdate-install.sh", "d1")).isZero();
        runFrom(Path.of("/dev/mmcblk0p2"));
        assertThat(run("swupdate-install.sh", "d2")).isZero();

        assertThat(calls())
                .containsExactly(
                        "swupdate|-i|" + file + "|-e|stable,slot-a|-k|/etc/swupdate/public.pem|",
                        "swupdate|-i|" + file + "|-e|stable,slot-b|-k|/etc/swupdate/public.pem|");
    }

    @Test
    void swupdateIsAskedLaterWhileAnotherOneRuns() throws IOException, InterruptedException {
        standIn("swupdate", "");
        standIn("pidof", "echo 17");

        assertThat(run("swupdate-install.sh", "d1")).isEqualTo(75);
        assertThat(calls()).noneMatch(call -> call.startsWith("swupdate"));
    }

    @Test
    void swupdateThatFailsIsNotTakenForLater() throws IOException, InterruptedException {
        standIn("swupdate", "exit 75");

        assertThat(run("swupdate-install.sh", "d1")).isEqualTo(1);
    }

    @Test
    void swupdateIsDoneWhenTheBoardRunsFromTheOtherSlot() throws IOException, InterruptedException {
        standIn("swupdate", "");
        run("swupdate-install.sh", "d1");
        runFrom(slotB);

        assertThat(run("swupdate-install.sh", "d1")).isZero();
        assertThat(calls()).hasSize(1);
    }

    @Test
    void dpkgFinishesWhatWasCutThenInstalls() throws IOException, InterruptedException {
        standIn("dpkg", "[ \"$DEBIAN_FRONTEND\" = noninteractive ]; read -r line && exit 3; exit 0");

        assertThat(run("deb-install.sh", "d1")).isZero();
        assertThat(run("deb-install.sh", "d1")).isZero();
        assertThat(calls().subList(0, 2))
                .containsExactly(
                        "dpkg|--configure|-a|--force-confdef|--force-confold|",
                        "dpkg|-i|--force-confdef|--force-confold|" + file + "|")
                .isEqualTo(calls().subList(2, 4));
    }

    @Test
    void dpkgThatFailsIsNotTakenForLater() throws IOException, InterruptedException {
        standIn("dpkg", "[ \"$1\" != -i ] || exit 75");

        assertThat(run("deb-install.sh", "d1")).isEqualTo(1);
    }

    @Test
    void dpkgThatIsLockedIsAskedLater() throws IOException, InterruptedException {
        standIn("dpkg", "echo 'dpkg: error: dpkg frontend lock was locked by another process with pid 17' >&2; exit 2");

        assertThat(run("deb-install.sh", "d1")).isEqualTo(75);
    }

    @Test
    void realDpkgInstallsARealPackageTwice() throws IOException, InterruptedException {
        Path root = realDpkg();

        assertThat(run("deb-install.sh", "d1")).as(said()).isZero();
        assertThat(run("deb-install.sh", "d1")).as(said()).isZero();
        assertThat(root.resolve("opt/app")).hasContent("new application");
        assertThat(root.resolve("var/lib/dpkg/status"))
                .content()
                .contains("Package: app", "Status: install ok installed");
    }

    @Test
    void realDpkgThatIsLockedIsAskedLater() throws IOException, InterruptedException {
        Path root = realDpkg();

        try (FileChannel lock = FileChannel.open(
                root.resolve("var/lib/dpkg/lock-frontend"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(lock.lock().isValid()).isTrue();

            assertThat(run("deb-install.sh", "d1")).as(said()).isEqualTo(75);
        }
        assertThat(run("deb-install.sh", "d1")).as(said()).isZero();
    }

    @Test
    void realDpkgRefusesADamagedPackage() throws IOException, InterruptedException {
        realDpkg();
        Files.writeString(file, "no package");

        assertThat(run("deb-install.sh", "d1")).isEqualTo(1);
    }

    @Test
    void imageGoesToTheOtherSlotThenTheBootloaderIsTold() throws IOException, InterruptedException {
        standIn("fw_setenv", "cmp -s -n 10 packages/* slot-b || exit 9");

        assertThat(run("image-to-slot.sh", "d1")).as(said()).isZero();
        assertThat(slotB).hasContent("new systemwhich is old");
        assertThat(slotA).hasContent("system A, which runs");
        assertThat(calls()).containsExactly("fw_setenv|boot_slot|b|");
    }

    @Test
    void imageIsWrittenAgainUntilTheBoardRunsFromIt() throws IOException, InterruptedException {
        standIn("fw_setenv", "");
        run("image-to-slot.sh", "d1");
        Files.writeString(slotB, "cut off in");

        assertThat(run("image-to-slot.sh", "d1")).isZero();
        assertThat(slotB).hasContent("new system");
        runFrom(slotB);
        assertThat(run("image-to-slot.sh", "d1")).isZero();
        assertThat(slotA).hasContent("system A, which runs");
        assertThat(calls()).hasSize(2);
    }

    @Test
    void nextImageGoesToTheSlotThatIsFreeThen() throws IOException, InterruptedException {
        standIn("fw_setenv", "");
        run("image-to-slot.sh", "d1");
        runFrom(slotB);

        assertThat(run("image-to-slot.sh", "d2")).isZero();
        assertThat(slotA).content().startsWith("new system");
        assertThat(calls()).containsExactly("fw_setenv|boot_slot|b|", "fw_setenv|boot_slot|a|");
    }

    @Test
    void bootloaderIsNotToldOfAnImageThatReadsOtherwise() throws IOException, InterruptedException {
        standIn("fw_setenv", "");
        standIn("dd", "");

        assertThat(run("image-to-slot.sh", "d1")).isEqualTo(1);
        assertThat(calls()).noneMatch(call -> call.startsWith("fw_setenv"));
    }

    @Test
    void bootloaderThatFailsIsAFailure() throws IOException, InterruptedException {
        standIn("fw_setenv", "exit 75");

        assertThat(run("image-to-slot.sh", "d1")).isEqualTo(1);
    }

    @Test
    void imageIsNotWrittenWhereNoSlotIs() throws IOException, InterruptedException {
        standIn("fw_setenv", "");
        Files.delete(slotB);

        assertThat(run("image-to-slot.sh", "d1")).isEqualTo(1);
        assertThat(slotB).doesNotExist();
        runFrom(Path.of("/dev/sda1"));
        assertThat(run("image-to-slot.sh", "d1")).isEqualTo(1);
        assertThat(slotA).hasContent("system A, which runs");
    }

    /** Puts a program on PATH that notes its arguments, then does this. */
    private void standIn(String name, String line) throws IOException {
        // dd and pidof are asked for on the way; what is noted is what changes the board.
        String note = List.of("dd", "pidof").contains(name)
                ? ""
                : "{ printf '%%s|' %s \"$@\"; echo; } >>'%s'\n".formatted(name, board.resolve("calls"));
        Path program = Files.writeString(programs.resolve(name), "#!/bin/sh\n" + note + line + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> calls() throws IOException {
        return Files.exists(board.resolve("calls")) ? Files.readAllLines(board.resolve("calls")) : List.of();
    }

    private void runFrom(Path slot) throws IOException {
        Files.writeString(board.resolve("cmdline"), ON_A.formatted(slot));
    }

    private String said() throws IOException {
        return Files.exists(board.resolve("said")) ? Files.readString(board.resolve("said")) : "";
    }

    /** Runs an example as the client does. */
    private int run(String example, String digest) throws IOException, InterruptedException {
        String edited = Files.readString(EXAMPLES.resolve(example))
                .replace("/proc/cmdline", board.resolve("cmdline").toString())
                .replace("slot_a=/dev/mmcblk0p2", "slot_a=" + slotA)
                .replace("slot_b=/dev/mmcblk0p3", "slot_b=" + slotB);
        Path script = Files.writeString(board.resolve(example), edited);
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", script.toString(), file.toString())
                .directory(board.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(board.resolve("said").toFile());
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of(
                        "PATH",
                        programs + ":" + System.getenv("PATH"),
                        "OTA_NAME",
                        file.getFileName().toString(),
                        "OTA_SHA256",
                        digest));
        return builder.start().waitFor();
    }

    /** Makes the real dpkg work on a root of its own, and the package a real one. */
    private Path realDpkg() throws IOException, InterruptedException {
        Path dpkg = Arrays.stream(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, "dpkg"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(Path.of("/nonexistent"));
        assumeTrue(Files.exists(dpkg), "dpkg is not here");
        assumeTrue(Files.getAttribute(board, "unix:uid").equals(0), "dpkg needs root");
        Path root = board.resolve("root");
        Files.createDirectories(root.resolve("var/lib/dpkg/updates"));
        Files.createDirectories(root.resolve("var/lib/dpkg/info"));
        Files.createFile(root.resolve("var/lib/dpkg/status"));
        Path content = Files.createDirectories(board.resolve("deb/opt"));
        Files.writeString(content.resolve("app"), "new application");
        Files.writeString(
                Files.createDirectories(board.resolve("deb/DEBIAN")).resolve("control"),
                "Package: app\nVersion: 2\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: app\n");
        Process build = new ProcessBuilder(
                        "dpkg-deb", "-b", board.resolve("deb").toString(), file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(build.waitFor()).as(said).isZero();
        standIn("dpkg", "exec '%s' --root='%s' --log=/dev/null \"$@\"".formatted(dpkg, root));
        return root;
    }
}
