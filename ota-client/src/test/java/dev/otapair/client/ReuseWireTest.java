package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.progress.LogProgress;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.PublishedTree;
import dev.otapair.client.testing.RealServer;
import dev.otapair.client.testing.Wish;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.release.Publisher;
import dev.otapair.server.release.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases whose folder is on the board before they are installed: it is looked at, whichever way they come. */
class ReuseWireTest {
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
                .with("keep_releases", "3")
                .with("response_timeout", "120");
        published = new PublishedTree(folder.resolve("tree"), server, KEY);
        tree = published.root();
        Files.write(tree.resolve("big"), noise(1));
        Files.createDirectory(tree.resolve("d"));
        publish("1");
        board.update();
        publish("2");
        board.update();
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void releaseThatIsOfferedAgainIsMadeAnewWhereItIsDamaged() throws Exception {
        publish("3");
        board.update();
        damage("fw-2.tar.gz");
        server.publisher()
                .again(
                        new PackageName("fw-2.tar.gz"),
                        new Publisher.Again(OptionalLong.empty(), Optional.empty(), Optional.empty(), false),
                        List.of(KEY));
        Files.writeString(tree.resolve("version"), "2");

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);

        assertCurrent();
    }

    @Test
    void releaseThatIsOfferedAgainAndIsAsItWasIsNotFetched() throws Exception {
        publish("3");
        board.update();
        Object inode = Files.getAttribute(releases("fw-2.tar.gz").resolve("version"), "unix:ino");
        server.publisher()
                .again(
                        new PackageName("fw-2.tar.gz"),
                        new Publisher.Again(OptionalLong.empty(), Optional.empty(), Optional.empty(), false),
                        List.of(KEY));
        Files.writeString(tree.resolve("version"), "2");

        assertThat(board.update().travel()).isEmpty();

        assertCurrent();
        assertThat(Files.getAttribute(releases("fw-2.tar.gz").resolve("version"), "unix:ino"))
                .isEqualTo(inode);
    }

    @Test
    void releaseThatWasDamagedWhileItWaitedIsNotInstalled() throws Exception {
        publish("3");
        board.download();
        damage("fw-3.tar.gz");

        OtaException failure = catchThrowableOfType(OtaException.class, () -> board.installStaged());

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(board.packages().resolve("current/version")).hasContent("2");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
        assertCurrent();
    }

    @Test
    void packageOfWhatIsInstalledPutsItRight() throws Exception {
        damage("fw-2.tar.gz");
        Path stick = carried("fw-2.tar.gz");

        assertThat(board.install(stick, false).result()).isEqualTo(Outcome.Result.UPDATED);

        assertCurrent();
        assertThat(board.install(stick, false).result()).isEqualTo(Outcome.Result.UP_TO_DATE);
    }

    @Test
    void packageOfAnOlderReleaseReplacesItsDamagedFolder() throws Exception {
        damage("fw-1.tar.gz");
        Files.writeString(tree.resolve("version"), "1");

        board.install(carried("fw-1.tar.gz"), true);

        assertCurrent();
    }

    /** Better a release with a damaged file than one that does not work at all. */
    @Test
    void damagedReleaseIsGoneBackToAllTheSame() throws Exception {
        damage("fw-1.tar.gz");

        board.updater().rollBack();

        assertThat(board.packages().resolve("current").toRealPath()).isEqualTo(releases("fw-1.tar.gz"));
        assertThat(board.updater().inspect().isIntact()).isFalse();
        // The package it was unpacked from is here still.
        assertThat(board.updater().repair(LogProgress::new).isIntact()).isTrue();
    }

    /** As zip and find leave them. */
    @Test
    void archiveThatDoesNotNameItsFoldersIsBuiltOnAllTheSame() throws Exception {
        publishArchive(4, "one");
        board.update();
        publishArchive(5, "two");

        Outcome outcome = board.update();

        assertThat(outcome.travel().orElseThrow().change()).isPresent();
        assertThat(board.packages().resolve("current/deep/er/version")).hasContent("two");
    }

    private void publishArchive(int number, String version) throws IOException, InterruptedException {
        Path source = Files.createDirectories(folder.resolve("source/deep/er"));
        Files.write(source.resolve("noise"), noise(9));
        Files.writeString(source.resolve("version"), version);
        Path archive = folder.resolve("fw-%d.tar".formatted(number));
        assertThat(new ProcessBuilder(
                                "tar",
                                "-cf",
                                archive.toString(),
                                "-C",
                                folder.resolve("source").toString(),
                                "deep/er/noise",
                                "deep/er/version")
                        .start()
                        .waitFor())
                .isZero();
        server.publisher().publish(Source.ofTree(archive), new Wish().draft(), List.of(KEY));
    }

    private void publish(String version) throws IOException {
        Files.writeString(tree.resolve("version"), version);
        published.publish();
    }

    /** A file with as many bytes as it had, one that is gone, and another mode. */
    private void damage(String release) throws IOException {
        Files.writeString(releases(release).resolve("version"), "x");
        Files.delete(releases(release).resolve("big"));
        Files.setAttribute(releases(release).resolve("d"), "unix:mode", 0700);
    }

    private Path releases(String release) throws IOException {
        return board.packages().toRealPath().resolve("releases").resolve(release);
    }

    private Path carried(String name) throws IOException {
        Path stick = Files.createDirectories(folder.resolve("stick"));
        Path file = server.packages().resolve(name);
        Files.copy(file, stick.resolve(name));
        Files.copy(ReleaseFiles.metadataOf(file), ReleaseFiles.metadataOf(stick.resolve(name)));
        for (Path each : ReleaseFiles.signatureFilesOf(file).values()) {
            Files.copy(each, stick.resolve(each.getFileName()));
        }
        return stick.resolve(name);
    }

    private void assertCurrent() throws IOException, InterruptedException {
        Path current = board.packages().resolve("current").toRealPath();
        published.assertSame(current);
        assertThat(board.updater().inspect().count()).isZero();
    }

    private static byte[] noise(long seed) {
        return PublishedTree.noise(seed, 200_000);
    }
}
