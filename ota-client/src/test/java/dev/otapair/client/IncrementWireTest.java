package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.PublishedTree;
import dev.otapair.client.testing.RealServer;
import dev.otapair.client.testing.SmallDisk;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Updates of a real board from a real server that send what is missing. */
class IncrementWireTest {
    private static final int BIG = 400_000;
    private static final SigningKey KEY = SigningKey.generate();

    @TempDir
    private Path folder;

    private Path tree;
    private PublishedTree published;
    private RealServer server;
    private Board board;

    @BeforeEach
    void open() throws IOException {
        server = new RealServer(folder.resolve("server")).with("deltas", "yes").start();
        board = new Board(folder.resolve("board"))
                .asking(server.address())
                .trusting(KEY)
                .with("unpack", "yes")
                .with("response_timeout", "120");
        published = new PublishedTree(folder.resolve("tree"), server, KEY);
        tree = published.root();
        Files.createDirectories(tree.resolve("lib/empty"));
        Files.write(tree.resolve("lib/big"), noise(1));
        Files.write(tree.resolve("lib/other"), noise(2));
        Files.writeString(tree.resolve("conf"), "rate = 1\n");
        Files.createSymbolicLink(tree.resolve("lib/link"), Path.of("/lib/big"));
        published.publish();
        board.update();
        assertThat(board.installed()).isEqualTo("fw-1.tar.gz");
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void treeIsMadeOfWhatIsHereAndWhatIsMissing() throws Exception {
        byte[] edited = noise(1);
        edited[BIG / 2] ^= 1;
        Files.write(tree.resolve("lib/big"), edited);
        Files.move(tree.resolve("lib/other"), tree.resolve("lib/moved"));
        Files.writeString(tree.resolve("new"), "new\n");
        published.publish();

        Outcome outcome = board.update();

        published.assertSame(current());
        assertThat(outcome.travel().orElseThrow().bytes()).isLessThan(4000);
        assertThat(outcome.travel().orElseThrow().whole()).isGreaterThan(2L * BIG);
        Change change = outcome.travel().orElseThrow().change().orElseThrow();
        assertThat(change.added()).isEqualTo(2);
        assertThat(change.removed()).isEqualTo(1);
        // The folder counts where its time has changed as well.
        assertThat(change.changed()).isBetween(1L, 2L);
        assertThat(board.packages().resolve("fw-2.tar.gz")).doesNotExist();
        assertThat(board.packages().resolve(".pieces")).doesNotExist();
        assertThat(Files.getAttribute(current().resolve("conf"), "unix:ino"))
                .isEqualTo(Files.getAttribute(
                        board.packages().resolve("previous/conf").toRealPath(), "unix:ino"));
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UP_TO_DATE);
    }

    @Test
    void checkSaysWhatWouldTravelOnceThePlanIsThere() throws Exception {
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();
        assertThat(board.check().result()).isEqualTo(Outcome.Result.UPDATE_AVAILABLE);
        assertThat(server.program("prepare", "fw-2.tar.gz")).isZero();

        Outcome outcome = board.check();

        assertThat(outcome.travel().orElseThrow().bytes()).isLessThan(1000);
        assertThat(outcome.travel().orElseThrow().change()).contains(new Change(0, 1, 0));
    }

    /** One after the other: each builds on a folder that was built itself. */
    @Test
    void everyReleaseBuildsOnTheOneBefore() throws Exception {
        for (int release = 2; release <= 4; release++) {
            Files.writeString(tree.resolve("conf"), "rate = %d\n".formatted(release));
            published.publish();

            assertThat(board.update().travel().orElseThrow().bytes()).isLessThan(4000);

            published.assertSame(current());
        }
    }

    /** Each of the last releases, as it should be, with a damaged file, with a lost one, and such as the server does not know. */
    @Test
    void everyBaseComesToTheNewestRelease() throws Exception {
        List<Path> copies = new ArrayList<>(List.of(copyOfBoard(1)));
        for (int release = 2; release <= 10; release++) {
            Files.write(tree.resolve("lib/big"), edited(release));
            Files.writeString(tree.resolve("conf"), "rate = %d\n".formatted(release));
            published.publish();
            board.update();
            copies.add(copyOfBoard(release));
        }
        Files.write(tree.resolve("lib/big"), edited(11));
        published.publish();
        for (Path copy : copies) {
            for (String state : List.of("intact", "damaged", "lost", "unknown")) {
                deleteTree(board.folder());
                copy(copy, board.folder());
                Path base = current();
                switch (state) {
                    case "damaged" -> Files.write(base.resolve("lib/big"), new byte[BIG]);
                    case "lost" -> Files.delete(base.resolve("conf"));
                    case "unknown" -> deleteTree(board.file(".ota-client/manifests"));
                    default -> {}
                }

                Outcome outcome = board.update();

                published.assertSame(current());
                boolean isIncrement = outcome.travel().orElseThrow().change().isPresent();
                assertThat(isIncrement).as("%s %s", copy, state).isEqualTo(!state.equals("unknown"));
            }
        }
    }

    private static byte[] edited(int release) {
        byte[] bytes = noise(1);
        new Random(release).ints(release, 0, BIG).forEach(place -> bytes[place] ^= 1);
        return bytes;
    }

    private Path copyOfBoard(int release) throws IOException, InterruptedException {
        Path copy = folder.resolve("copy-" + release);
        copy(board.folder(), copy);
        return copy;
    }

    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("cp", "-a", from.toString(), to.toString())
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void fileThatIsDamagedIsFetchedWithTheRest() throws Exception {
        Path big = current().resolve("lib/big");
        Files.write(big, new byte[BIG]);
        Path gone = current().resolve("lib/other");
        Files.delete(gone);
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();

        Outcome outcome = board.update();

        published.assertSame(current());
        assertThat(outcome.travel().orElseThrow().bytes()).isBetween(2L * BIG, 2L * BIG + 10_000);
    }

    /** What looks as it did is not read, and found out all the same where something is built on it. */
    @Test
    void fileThatOnlyTheBuildFindsDamagedIsFetchedInTheSameRun() throws Exception {
        board.with("revalidate", "never");
        byte[] edited = noise(1);
        edited[BIG / 2] ^= 1;
        Files.write(tree.resolve("lib/big"), edited);
        published.publish();
        Files.write(current().resolve("lib/big"), new byte[BIG]);

        Outcome outcome = board.update();

        published.assertSame(current());
        assertThat(outcome.travel().orElseThrow().bytes()).isGreaterThan(BIG);
    }

    @Test
    void boardThatHasLostItsManifestTakesTheWholePackage() throws Exception {
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();
        deleteTree(board.file(".ota-client/manifests"));

        Outcome outcome = board.update();

        published.assertSame(current());
        assertThat(outcome.travel().orElseThrow().change()).isEmpty();
        assertThat(board.packages().resolve("fw-2.tar.gz")).exists();
    }

    /** What is put together needs more room than what is fetched: that is found out first, and the package tried at once. */
    @Test
    void piecesAreNotFetchedForADiskThatIsTooSmall() throws Exception {
        Optional<SmallDisk> there = SmallDisk.create(Files.createDirectory(folder.resolve("disk")), 3);
        assumeTrue(there.isPresent(), "this needs root");
        try (SmallDisk disk = there.get();
                FaultProxy line = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none())) {
            Board small = new Board(Files.createDirectory(folder.resolve("small")))
                    .asking(line.address())
                    .trusting(KEY)
                    .with("unpack", "yes")
                    .with("path", disk.root().resolve("packages").toString())
                    .with("response_timeout", "120");
            small.update();
            Files.write(tree.resolve("lib/big"), noise(5));
            Files.write(tree.resolve("lib/other"), noise(6));
            published.publish();
            // What is on the line already when the board leaves is not much.
            server.with("client_bandwidth", "100K");
            long before = line.passedToClient();

            OtaException failure = catchThrowableOfType(OtaException.class, () -> small.update());

            assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
            assertThat(line.passedToClient() - before).isLessThan(3L * BIG);
        }
    }

    @Test
    void serverThatMakesNoPlansIsAskedForThePackage() throws Exception {
        server.with("deltas", "no");
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();

        assertThat(board.update().travel().orElseThrow().change()).isEmpty();

        published.assertSame(current());
    }

    @Test
    void boardThatWantsNoIncrementsTakesThePackage() throws Exception {
        board.with("increments", "no");
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();

        assertThat(board.update().travel().orElseThrow().change()).isEmpty();

        published.assertSame(current());
    }

    @Test
    void releaseThatWasPutTogetherTakesItselfBackLikeAnyOther() throws Exception {
        Path before = current();
        Files.writeString(board.file("health"), "test \"$OTA_NAME\" = fw-1.tar.gz\n");
        board.with("health_check", "health").with("health_timeout", "1").with("health_interval", "1");
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();

        OtaException failure = catchThrowableOfType(OtaException.class, () -> board.update());

        assertThat(failure.code()).isEqualTo(ErrorCode.ROLLED_BACK);
        assertThat(current()).isEqualTo(before);
        assertThat(current().resolve("conf")).hasContent("rate = 1");
        assertThat(catchThrowableOfType(OtaException.class, () -> board.update())
                        .code())
                .isEqualTo(ErrorCode.QUARANTINED);
    }

    @Test
    void releaseThatWasPutTogetherWaitsForItsTimeWithoutANetwork() throws Exception {
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();
        assertThat(board.download().result()).isEqualTo(Outcome.Result.STAGED);
        assertThat(current().resolve("conf")).hasContent("rate = 1");
        server.close();

        assertThat(board.installStaged().result()).isEqualTo(Outcome.Result.UPDATED);

        published.assertSame(current());
    }

    @Test
    void scriptIsGivenTheFolder() throws Exception {
        board.withScript("echo \"$1 $OTA_NAME\" >called");
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();

        board.update();

        assertThat(board.file("called")).hasContent(current() + " fw-2.tar.gz");
    }

    /** A run that is killed at any time goes on, and fetches nothing twice. */
    @Test
    void killedRunsComeToTheirEnd() throws Exception {
        Files.write(tree.resolve("lib/big"), noise(3));
        published.publish();
        server.with("client_bandwidth", "200K");
        Random random = new Random(7);
        int status = -1;
        for (int run = 0; run < 30 && status != 0; run++) {
            try (ClientProcess client = ClientProcess.start(board)) {
                if (run < 12) {
                    Thread.sleep(500 + random.nextInt(2500));
                    client.signal("KILL");
                }
                status = client.result().status();
            }
        }

        assertThat(status).isZero();
        published.assertSame(current());
        assertThat(board.packages().resolve(".pieces")).doesNotExist();
    }

    @Test
    void packageThatIsOneFileIsMadeOfTheInstalledOne() throws Exception {
        board.with("unpack", "no");
        server.publish("image-1", noise(1), wish -> wish.release(10), KEY);
        board.update();
        byte[] edited = noise(1);
        edited[BIG / 3] ^= 4;
        server.publish("image-2", edited, wish -> wish.release(11), KEY);

        Outcome outcome = board.update();

        assertThat(board.packages().resolve("image-2")).hasBinaryContent(edited);
        assertThat(outcome.travel().orElseThrow().bytes()).isLessThan(2000);
        assertThat(board.packages().resolve("current").toRealPath())
                .isEqualTo(board.packages().resolve("image-2").toRealPath());
    }

    @Test
    void packageWhoseBaseIsDamagedComesWhole() throws Exception {
        board.with("unpack", "no");
        server.publish("image-1", noise(1), wish -> wish.release(10), KEY);
        board.update();
        Files.write(board.packages().resolve("image-1"), noise(4));
        byte[] edited = noise(1);
        edited[BIG / 3] ^= 4;
        server.publish("image-2", edited, wish -> wish.release(11), KEY);

        board.update();

        assertThat(board.packages().resolve("image-2")).hasBinaryContent(edited);
    }

    private Path current() throws IOException {
        return board.packages().resolve("current").toRealPath();
    }

    private static void deleteTree(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                assertThat(Files.exists(each, LinkOption.NOFOLLOW_LINKS)).isTrue();
                Files.delete(each);
            }
        }
    }

    private static byte[] noise(long seed) {
        return PublishedTree.noise(seed, BIG);
    }
}
