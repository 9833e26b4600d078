package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.Forge;
import dev.otapair.client.testing.RealServer;
import dev.otapair.client.testing.SmallDisk;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R6, R7: disks that are full or read-only, from the beginning or from the middle on. Needs root, to mount them. */
class DiskWireTest {
    private static final byte[] PAYLOAD = new byte[2_000_000];

    @TempDir
    private Path folder;

    private SmallDisk disk;
    private RealServer server;
    private FaultProxy line;
    private Board board;

    @BeforeEach
    void start() throws Exception {
        Optional<SmallDisk> there = SmallDisk.create(Files.createDirectory(folder.resolve("disk")), 4);
        Assumptions.assumeTrue(there.isPresent(), "this needs root");
        disk = there.get();
        new Random(11).nextBytes(PAYLOAD);
        server = new RealServer(folder.resolve("server"))
                .offering("fw-2", PAYLOAD)
                .start();
        line = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none());
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .with("path", disk.root().resolve("packages").toString())
                .asking(line.address());
    }

    @AfterEach
    void stop() throws Exception {
        if (disk != null) {
            line.close();
            server.close();
            disk.close();
        }
    }

    /** A root file system that is read-only: config.ini, script and keys are there, all that is written is elsewhere. */
    @Test
    void boardWithAReadOnlyRootWorks() throws Exception {
        Path etc = Files.createDirectory(disk.root().resolve("etc"));
        Board readOnly = new Board(etc)
                .with("legacy_server", "no")
                .with("path", folder.resolve("var/packages").toString())
                .with("state_dir", folder.resolve("var/state").toString())
                .withScript("cp \"$1\" " + folder.resolve("installed"))
                .asking(line.address());
        readOnly.writeConfig();
        disk.setReadOnly(true);

        ClientProcess.Result result = ClientProcess.runAsIs(readOnly, "update");

        assertThat(result.status()).as(result.all()).isZero();
        assertThat(folder.resolve("installed")).hasBinaryContent(PAYLOAD);
    }

    @Test
    void packagesThatCannotBeWrittenAreFoundBeforeConnecting() throws Exception {
        disk.setReadOnly(true);

        assertThat(refusal()).contains("path: " + disk.root().resolve("packages"));
    }

    /** The release before is here too, and is of no use to an update. */
    @Test
    void fullDiskIsFoundBeforeConnectingThoughTheReleaseBeforeIsKept() throws Exception {
        server.offering("fw-1", new byte[] {1});
        board.update();
        server.offering("fw-2", new byte[] {2});
        board.update();
        fill(disk.root().resolve("fill"));
        int before = line.connections();

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure).hasMessageContaining("no package fits");
        assertThat(line.connections()).isEqualTo(before);
    }

    @Test
    void stateThatCannotBeWrittenIsFoundBeforeConnecting() throws Exception {
        disk.setReadOnly(true);
        board.with("path", "packages")
                .with("state_dir", disk.root().resolve("state").toString());

        assertThat(refusal()).contains("state_dir: " + disk.root().resolve("state"));
    }

    @Test
    void fullDiskIsFoundBeforeConnecting() throws Exception {
        fill(disk.root().resolve("log"));

        assertThat(refusal()).contains("remove old packages");
    }

    @Test
    void fullStateIsFoundBeforeConnecting() throws Exception {
        board.with("path", "packages")
                .with("state_dir", disk.root().resolve("state").toString());
        board.update();
        int before = line.connections();
        fill(disk.root().resolve("log"));

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining("state_dir: " + disk.root().resolve("state"));
        assertThat(line.connections()).isEqualTo(before);
    }

    /** As after a run whose script failed, or that was killed before the package got its name. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void packageThatIsHereNeedsNoRoom(boolean hasItsName) throws Exception {
        Path packages = Files.createDirectory(disk.root().resolve("packages"));
        Files.write(packages.resolve(hasItsName ? "fw-2" : ".part-" + Forge.sha256(PAYLOAD)), PAYLOAD);
        fill(disk.root().resolve("log"));

        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(packages.resolve("fw-2")).hasBinaryContent(PAYLOAD);
        assertThat(line.passedToClient()).isLessThan(10_000);
    }

    @Test
    void whatIsHereOfAnotherReleaseMakesRoom() throws Exception {
        Path packages = Files.createDirectory(disk.root().resolve("packages"));
        Files.write(packages.resolve(".part-" + "0".repeat(64)), new byte[3_000_000]);

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);

        assertThat(packages.resolve("fw-2")).hasBinaryContent(PAYLOAD);
    }

    @Test
    void packageThatDoesNotFitIsFoundBeforeAByteOfIt() throws Exception {
        Files.write(disk.root().resolve("log"), new byte[2_000_000]);

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining("2000000 bytes").hasMessageContaining("remove old packages");
        assertThat(line.passedToClient()).isLessThan(10_000);
    }

    /** R6. */
    @Test
    void diskThatFillsUpInTheMiddleKeepsWhatCameAndGoesOnWhenThereIsRoom() throws Exception {
        line.plan(FaultPlan.none(), FaultPlan.none().throttle(1_500_000));
        Path log = disk.root().resolve("log");
        Thread filling = new Thread(() -> {
            while (line.passedToClient() < 500_000) {
                Thread.onSpinWait();
            }
            fill(log);
        });
        filling.start();

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);
        filling.join();

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure.code().exitStatus()).isEqualTo(73);
        long before = line.passedToClient();
        Files.delete(log);
        line.plan(FaultPlan.none(), FaultPlan.none());
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(disk.root().resolve("packages/fw-2")).hasBinaryContent(PAYLOAD);
        assertThat(line.passedToClient() - before).isLessThan(PAYLOAD.length - 400_000);
    }

    private String refusal() throws IOException {
        OtaException failure = catchThrowableOfType(OtaException.class, board::update);
        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(line.connections()).isZero();
        return failure.getMessage();
    }

    private static void fill(Path file) {
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int piece = 0; piece < 10_000; piece++) {
                out.write(new byte[4096]);
            }
            throw new AssertionError("the disk is larger than it should be");
        } catch (IOException e) {
            // It is full.
        }
    }
}
