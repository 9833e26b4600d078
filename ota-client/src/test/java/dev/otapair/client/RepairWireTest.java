package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.progress.LogProgress;
import dev.otapair.client.store.AttemptFile;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.PublishedTree;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Installed releases that are not as they were published any more, and are made so by {@code verify}. */
class RepairWireTest {
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
                .with("retries", "1")
                .with("response_timeout", "120");
        published = new PublishedTree(folder.resolve("tree"), server, KEY);
        tree = published.root();
        Files.createDirectories(tree.resolve("lib/empty"));
        Files.write(tree.resolve("lib/big"), noise(1));
        Files.write(tree.resolve("lib/other"), noise(2));
        Files.writeString(tree.resolve("conf"), "rate = 1\n");
        Files.createSymbolicLink(tree.resolve("lib/link"), Path.of("big"));
        published.publish();
        board.update();
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void whatIsDamagedComesFromTheServerAndNothingElseDoes() throws Exception {
        putTogether();
        Object untouched = inodeOf("lib/other");
        Files.write(current("lib/big"), noise(3));
        Files.delete(current("conf"));
        Files.setAttribute(current("lib"), "unix:mode", 0700);
        Files.delete(current("lib/link"));
        Files.writeString(current("lib/extra"), "the application's");

        ClientProcess.Result result = ClientProcess.run(board, "verify", "--json");

        assertThat(result.out()).contains("\"repaired\": 4", "\"differences\": 1", "\"extras\": 1", "\"status\": 0");
        Matcher told = Pattern.compile("Fetching what is missing of fw-2.tar.gz: ([0-9]+) of")
                .matcher(result.err());
        assertThat(told.find()).isTrue();
        assertThat(Long.parseLong(told.group(1))).isBetween((long) BIG, BIG + 1000L);
        assertRepaired(1);
        assertThat(current("lib/extra")).hasContent("the application's");
        assertThat(inodeOf("lib/other")).isEqualTo(untouched);
        assertThat(board.packages().resolve("fw-2.tar.gz")).doesNotExist();
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UP_TO_DATE);
    }

    @Test
    void damageOfTheDiskIsFoundThoughNothingLooksChanged() throws Exception {
        putTogether();
        FileTime time = Files.getLastModifiedTime(current("lib/big"));
        Files.write(current("lib/big"), noise(3));
        Files.setLastModifiedTime(current("lib/big"), time);

        Inspection left = verify();

        assertThat(left.repaired()).isEqualTo(1);
        assertRepaired(0);
    }

    /** Contents that are here under another path, modes, links and folders need nobody. */
    @Test
    void whatTheBoardHasItselfComesFromThere() throws Exception {
        Files.write(tree.resolve("copy"), noise(2));
        putTogether();
        server.close();
        Files.write(current("copy"), noise(3));
        Files.setAttribute(current("conf"), "unix:mode", 0600);
        Files.delete(current("lib/link"));
        Files.createSymbolicLink(current("lib/link"), Path.of("/etc/passwd"));
        Files.delete(current("lib/empty"));

        Inspection left = verify();

        assertThat(left.repaired()).isEqualTo(4);
        assertRepaired(0);
    }

    @Test
    void packageThatIsHereIsUnpackedOnceMore() throws Exception {
        server.close();
        Files.write(current("lib/big"), noise(3));
        Files.delete(current("conf"));

        assertThat(verify().repaired()).isEqualTo(2);

        assertRepaired(0);
        assertThat(board.packages().resolve("fw-1.tar.gz")).exists();
    }

    @Test
    void releaseThatIsGoneIsMadeAnew() throws Exception {
        putTogether();
        new DurableFiles().deleteTree(board.packages().resolve("current").toRealPath());

        assertThat(verify().isIntact()).isTrue();

        assertRepaired(0);
    }

    @Test
    void serverWithoutPlansSendsThePackage() throws Exception {
        putTogether();
        server.with("deltas", "no");
        Files.write(current("lib/big"), noise(3));

        assertThat(verify().repaired()).isEqualTo(1);

        assertRepaired(0);
        assertThat(board.packages().resolve("fw-2.tar.gz")).doesNotExist();
    }

    @Test
    void packageThatIsNotUnpackedComesWhole() throws Exception {
        board.with("unpack", "no");
        server.publish("image-1", noise(5), wish -> wish.release(10), KEY);
        board.update();
        Files.write(board.packages().resolve("image-1"), noise(6));

        assertThat(verify().repaired()).isEqualTo(1);

        assertThat(board.packages().resolve("image-1")).hasBinaryContent(noise(5));
        assertThat(verify().repaired()).isZero();
    }

    @Test
    void serverThatOffersAnotherReleaseIsNoHelp() throws Exception {
        putTogether();
        Files.writeString(tree.resolve("conf"), "rate = 3\n");
        published.publish();
        Files.write(current("lib/big"), noise(3));

        ClientProcess.Result result = ClientProcess.run(board, "verify");

        assertThat(result.status()).isEqualTo(ErrorCode.DIGEST_MISMATCH.exitStatus());
        assertThat(result.out())
                .contains("lib/big has another content", "the server does not offer what is installed here");
        assertThat(current("conf")).hasContent("rate = 2");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
        assertRepaired(0);
    }

    @Test
    void serverThatIsNotThereIsSaid() throws Exception {
        putTogether();
        server.close();
        Files.write(current("lib/big"), noise(3));

        ClientProcess.Result result = ClientProcess.run(board, "verify");

        assertThat(result.status()).isEqualTo(ErrorCode.DIGEST_MISMATCH.exitStatus());
        assertThat(result.out()).contains("lib/big has another content", "not put right: ");
        assertThat(current("lib/big")).hasBinaryContent(noise(3));
    }

    @Test
    void lookAloneChangesNothing() throws Exception {
        assertThat(ClientProcess.run(board, "verify", "--dry-run").status()).isZero();
        Files.write(current("lib/big"), noise(3));
        Files.delete(current("conf"));
        Files.writeString(current("lib/extra"), "");

        ClientProcess.Result result = ClientProcess.run(board, "verify", "--dry-run");

        assertThat(result.status()).isEqualTo(ErrorCode.DIGEST_MISMATCH.exitStatus());
        assertThat(result.out())
                .contains("conf is missing", "lib/big has another content", "lib/extra does not belong to the release");
        assertThat(current("lib/big")).hasBinaryContent(noise(3));
        assertThat(current("conf")).doesNotExist();
    }

    /** Files that two releases share are damaged in both; only the installed one is put right. */
    @Test
    void releaseBeforeKeepsWhatItHas() throws Exception {
        putTogether();
        Path before = board.packages().resolve("previous").toRealPath();
        Files.write(current("lib/big"), noise(3));
        assertThat(before.resolve("lib/big")).hasBinaryContent(noise(3));

        verify();

        assertRepaired(0);
        assertThat(before.resolve("lib/big")).hasBinaryContent(noise(3));
    }

    /** A release whose script has not run yet must not count as installed because somebody looks at files. */
    @Test
    void installationThatWasInterruptedIsBroughtToItsEndByItsScript() throws Exception {
        board.withScript("echo run >>runs; [ \"$(wc -l <runs)\" -gt 1 ] || kill -KILL $PPID");
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();
        try (ClientProcess client = ClientProcess.start(board, "update")) {
            assertThat(client.result().status()).isNotZero();
        }
        assertThat(board.file("runs")).hasContent("run");

        assertThat(ClientProcess.run(board, "verify").status()).isZero();

        assertThat(board.file("runs")).hasContent("run\nrun");
        assertThat(board.installed()).isEqualTo("fw-2.tar.gz");
    }

    /** What is counted against another release is no business of this one. */
    @Test
    void repairThatFailsCountsForNothing() throws Exception {
        putTogether();
        AttemptFile counted = new AttemptFile(board.file(".ota-client"), new DurableFiles());
        Digest other = new Digest(Digest.Algorithm.SHA256, "ab".repeat(32));
        counted.write(counted.read(other).failedOnce());
        server.close();
        Files.write(current("lib/big"), noise(3));

        verify();

        assertThat(counted.read(other).failed()).isEqualTo(1);
    }

    @Test
    void killedRepairsComeToTheirEnd() throws Exception {
        putTogether();
        Files.write(current("lib/big"), noise(3));
        Files.write(current("lib/other"), noise(4));
        server.with("client_bandwidth", "300K");
        Random random = new Random(5);
        int status = -1;
        for (int run = 0; run < 20 && status != 0; run++) {
            try (ClientProcess client = ClientProcess.start(board, "verify")) {
                if (run < 8) {
                    Thread.sleep(500 + random.nextInt(2000));
                    client.signal("KILL");
                }
                status = client.result().status();
            }
        }

        assertThat(status).isZero();
        assertRepaired(0);
        assertThat(board.packages().resolve(".pieces")).doesNotExist();
    }

    /** The second release, made of the first one: no package is on the board. */
    private void putTogether() throws IOException {
        Files.writeString(tree.resolve("conf"), "rate = 2\n");
        published.publish();
        board.update();
        assertThat(board.packages().resolve("fw-2.tar.gz")).doesNotExist();
    }

    private Inspection verify() throws IOException {
        return board.updater().repair(LogProgress::new);
    }

    /** The installed release is as it was published, but for so many things besides. */
    private void assertRepaired(long extras) throws IOException, InterruptedException {
        Inspection found = board.updater().inspect();
        assertThat(found.count()).as("%s", found).isEqualTo(extras);
        published.assertSame(current(""), ": extra");
        try (Stream<Path> left = Files.list(board.packages().resolve("releases"))) {
            assertThat(left.filter(each -> each.getFileName().toString().startsWith(".")))
                    .isEmpty();
        }
    }

    private Path current(String path) throws IOException {
        return board.packages().resolve("current").toRealPath().resolve(path);
    }

    private Object inodeOf(String path) throws IOException {
        return Files.getAttribute(current(path), "unix:ino");
    }

    private static byte[] noise(long seed) {
        return PublishedTree.noise(seed, BIG);
    }
}
