package dev.otapair.server.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.TarForge;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.release.Publisher.Again;
import dev.otapair.server.release.ReleaseEntry.State;
import dev.otapair.server.store.ObjectStore;
import dev.otapair.server.tree.Progress;
import dev.otapair.server.tree.TreeSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases that are trees, through all that an administrator does with them. */
class TreePublishTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final KeyRing RING = new KeyRing(List.of(KEY.publicHalf()), List.of());
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final Again UNCHANGED = new Again(OptionalLong.empty(), Optional.empty(), Optional.empty(), true);
    private static final PackageName NAME = new PackageName("fw-1.tar.gz");

    @TempDir
    private Path folder;

    private Path packages;
    private Path tree;
    private Publisher publisher;
    private ObjectStore objects;

    @BeforeEach
    void open() throws IOException {
        packages = Files.createDirectory(folder.resolve("packages"));
        tree = Files.createDirectories(folder.resolve("fw-1/etc/empty"))
                .getParent()
                .getParent();
        Files.writeString(tree.resolve("etc/conf"), "a = 1\n");
        Files.writeString(tree.resolve("run"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(tree.resolve("run"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("etc/conf"));
        objects = new ObjectStore(packages, new DurableFiles());
        publisher = new Publisher(
                packages,
                folder.resolve("state"),
                RING,
                new DurableFiles(),
                Clock.fixed(NOW, ZoneOffset.UTC),
                Progress.NONE);
    }

    @Test
    void folderBecomesAReleaseWithAnArchiveForThoseWhoTakeFiles() throws Exception {
        ReleaseMetadata release = publish(Source.ofTree(tree));

        assertThat(release.name()).isEqualTo(NAME);
        assertThat(release.content()).isEqualTo(ReleaseShelf.contentOf(packages.resolve("fw-1.tar.gz")));
        Manifest manifest = manifestOf(release);
        assertThat(manifest.entries())
                .extracting(ManifestEntry::path)
                .containsExactly("etc", "etc/conf", "etc/empty", "link", "run");
        assertThat(release.manifest()).contains(manifest.content());
        Path unpacked = Files.createDirectory(folder.resolve("unpacked"));
        assertThat(new ProcessBuilder(
                                "tar", "-xzf", packages.resolve("fw-1.tar.gz").toString())
                        .directory(unpacked.toFile())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(unpacked.resolve("link")).hasContent("a = 1\n");
        assertThat(unpacked.resolve("etc/empty")).isEmptyDirectory();
        assertThat(publisher.verify(packages.resolve("fw-1.tar.gz")).tree()).contains(new TreeSize(2, 16));
    }

    @Test
    void sameTreeIsTheSameWhateverFolderItIsIn() throws Exception {
        ReleaseMetadata one = publish(Source.ofTree(tree));
        Path copy = folder.resolve("elsewhere");
        assertThat(new ProcessBuilder("cp", "-a", tree.toString(), copy.toString())
                        .start()
                        .waitFor())
                .isZero();

        ReleaseMetadata other = publish(Source.ofTree(copy));

        assertThat(other.name()).isEqualTo(new PackageName("elsewhere.tar.gz"));
        assertThat(other.content()).isEqualTo(one.content());
        assertThat(other.manifest()).isEqualTo(one.manifest());
    }

    @Test
    void archiveIsPublishedByItsContentAndHandedOutAsItIs() throws Exception {
        Path archive = archive("fw-2.tar");

        ReleaseMetadata asFile =
                publish(new Source(archive, Source.Form.FILE, Optional.of(new PackageName("as-file.tar")), false));
        ReleaseMetadata asTree = publish(Source.ofTree(archive));

        assertThat(asFile.manifest()).isEmpty();
        assertThat(asTree.content()).isEqualTo(asFile.content());
        assertThat(manifestOf(asTree).entries()).hasSize(2);
        assertThat(packages.resolve("fw-2.tar")).hasSameBinaryContentAs(archive);
    }

    @Test
    void archiveThatIsInItsPlaceIsPublishedFromThere() throws Exception {
        Path archive = archive("packages/fw-2.tar");

        ReleaseMetadata release = publish(Source.ofTree(archive));

        assertThat(manifestOf(release).entries()).hasSize(2);
        assertThat(packages.resolve(".staged")).isEmptyDirectory();
    }

    /** What was read is what is handed out, whatever somebody does with the folder. */
    @Test
    void publishedTreeIsNotTouchedThroughItsSource() throws Exception {
        ReleaseMetadata release = publish(Source.ofTree(tree));
        Files.writeString(tree.resolve("etc/conf"), "b = 2\n");
        Files.setLastModifiedTime(tree.resolve("run"), FileTime.from(Instant.EPOCH));
        Files.delete(tree.resolve("run"));

        publisher.verify(packages.resolve("fw-1.tar.gz"));
        manifestOf(release).objects().forEach(objects::verify);
    }

    @Test
    void ownersAreThoseOfTheFolderWhereThatIsWished() throws Exception {
        Files.setAttribute(tree.resolve("run"), "unix:uid", 1234);

        ReleaseMetadata release =
                publish(new Source(tree, Source.Form.TREE, Optional.of(new PackageName("owned.tar.gz")), true));

        assertThat(manifestOf(release).entries())
                .filteredOn(entry -> entry.path().equals("run"))
                .singleElement()
                .extracting(ManifestEntry::owner)
                .isEqualTo(1234L);
        assertThat(manifestOf(publish(Source.ofTree(tree))).entries()).allMatch(entry -> entry.owner() == 0);
    }

    @Test
    void stagedTreeIsFinishedByItsSignature() throws Exception {
        SignedRelease staged = publisher.stage(Source.ofTree(tree), draft()).release();
        Files.delete(tree.resolve("run"));
        Path signature = Files.write(
                folder.resolve("sig"),
                KEY.sign(staged.signed().bytes().toBytes()).bytes().toBytes());

        ReleaseMetadata finished =
                publisher.finish(NAME, List.of(signature)).release().metadata();

        assertThat(finished).isEqualTo(staged.metadata());
        assertThat(publisher.verify(packages.resolve("fw-1.tar.gz")).tree()).contains(new TreeSize(2, 16));
    }

    @Test
    void treeIsOfferedAgain() throws Exception {
        ReleaseMetadata first = publish(Source.ofTree(tree));

        ReleaseMetadata again =
                publisher.again(NAME, UNCHANGED, List.of(KEY)).release().metadata();

        assertThat(again.release()).isEqualTo(2);
        assertThat(again.manifest()).isEqualTo(first.manifest());
        publisher.withdraw(NAME);
        publisher.offer(NAME);
        publisher.verify(packages.resolve("fw-1.tar.gz"));
    }

    @Test
    void treeWithADamagedContentIsNeitherGoodNorOffered() throws Exception {
        Content content = manifestOf(publish(Source.ofTree(tree))).objects().get(0);
        Path object = objects.find(content.sha256()).orElseThrow();
        byte[] whole = Files.readAllBytes(object);
        publisher.withdraw(NAME);
        for (String damage : List.of("missing", "changed")) {
            Files.deleteIfExists(object);
            if (damage.equals("changed")) {
                Files.writeString(object, "a = 2\n");
            }
            ErrorCode expected = damage.equals("missing") ? ErrorCode.IO_ERROR : ErrorCode.DIGEST_MISMATCH;

            assertThat(refusal(() -> publisher.verify(packages.resolve("fw-1.tar.gz"))))
                    .isEqualTo(expected);
            assertThat(refusal(() -> publisher.offer(NAME))).isEqualTo(expected);
            assertThat(refusal(() -> publisher.again(NAME, UNCHANGED, List.of(KEY))))
                    .isEqualTo(expected);
        }
        publish(new Source(tree, Source.Form.TREE, Optional.of(new PackageName("fw-2.tar.gz")), false));
        assertThat(object).hasBinaryContent(whole);
        publisher.verify(packages.resolve("fw-1.tar.gz"));
    }

    @Test
    void releasesShowWhatIsATreeAndWhetherItsManifestIsHere() throws Exception {
        publish(Source.ofFile(Files.writeString(folder.resolve("fw-0"), "zero")));
        ReleaseMetadata release = publish(Source.ofTree(tree));

        assertThat(publisher.releases())
                .extracting(ReleaseEntry::tree)
                .containsExactly(Optional.of(new TreeSize(2, 16)), Optional.empty());
        Files.delete(objects.find(release.manifest().orElseThrow().sha256()).orElseThrow());
        try (CapturedLog log = new CapturedLog()) {
            assertThat(publisher.releases())
                    .extracting(ReleaseEntry::state)
                    .containsExactly(State.INCOMPLETE, State.PUBLISHED);
            assertThat(log.lines()).anyMatch(line -> line.contains("fw-1.tar.gz"));
        }
    }

    @Test
    void archiveThatIsRefusedLeavesNothing() throws Exception {
        publisher.stage(Source.ofTree(archive("fw-2.tar")), draft());
        Path hostile = Files.write(
                Files.createDirectory(folder.resolve("other")).resolve("fw-2.tar"),
                TarForge.tar().file("a", "x").file("../b", "x").end());

        OtaException refused = catchThrowableOfType(
                OtaException.class, () -> publisher.publish(Source.ofTree(hostile), draft(), List.of(KEY)));

        assertThat(refused.code()).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        assertThat(names(packages.resolve(".staged"))).containsExactly("fw-2.tar", "fw-2.tar.ota.json");
        assertThat(names(packages)).isEmpty();
    }

    @Test
    void nameThatIsTakenIsRefused() throws Exception {
        publish(Source.ofTree(tree));
        Files.writeString(packages.resolve("elsewhere.tar.gz"), "put there by hand");

        assertThat(refusal(() -> publish(Source.ofTree(tree)))).isEqualTo(ErrorCode.RELEASE_REFUSED);
        assertThat(refusal(() -> publish(
                        new Source(tree, Source.Form.TREE, Optional.of(new PackageName("elsewhere.tar.gz")), false))))
                .isEqualTo(ErrorCode.RELEASE_REFUSED);
        assertThat(packages.resolve("elsewhere.tar.gz")).hasContent("put there by hand");
        assertThat(packages.resolve(".staged")).isEmptyDirectory();
    }

    @Test
    void foldersOfTheServersOwnAreNoTrees() throws Exception {
        publish(Source.ofTree(tree));

        for (Path own : List.of(
                folder, packages, packages.resolve(".objects"), packages.resolve(".staged"), folder.resolve("state"))) {
            OtaException refused = catchThrowableOfType(
                    OtaException.class, () -> publisher.publish(Source.ofTree(own), draft(), List.of(KEY)));
            assertThat(refused).as(own.toString()).isNotNull().hasMessageContaining("of the server's own");
        }
        assertThat(refusal(() -> publish(Source.ofTree(folder.resolve("none")))))
                .isEqualTo(ErrorCode.IO_ERROR);
        assertThat(refusal(() -> publish(Source.ofTree(Path.of("/dev/null"))))).isEqualTo(ErrorCode.IO_ERROR);
    }

    private interface Work {
        Object run() throws IOException;
    }

    private static ErrorCode refusal(Work work) {
        return catchThrowableOfType(OtaException.class, work::run).code();
    }

    private ReleaseMetadata publish(Source source) {
        return publisher.publish(source, draft(), List.of(KEY)).release().metadata();
    }

    private Manifest manifestOf(ReleaseMetadata release) {
        return Manifest.parse(objects.read(release.manifest().orElseThrow().sha256(), Manifest.MAX_BYTES));
    }

    private Path archive(String name) throws IOException {
        return Files.write(
                folder.resolve(name),
                TarForge.tar().folder("d").file("d/f", "content").end());
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static Draft draft() {
        return new Draft(Product.DEFAULT, "", OptionalLong.empty(), Optional.empty(), 0, 0, List.of(), true, false, "");
    }
}
