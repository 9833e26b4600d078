package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.client.tree.Difference.Kind;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.ObjectNumbers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeVerifierTest {
    private static final ModelTree MODEL = new ModelTree()
            .folder("bin")
            .file("bin/app", "hello")
            .folder("etc")
            .file("etc/a b", "")
            .file("etc/conf", "world")
            .folder("etc/empty")
            .link("link", "bin/app");

    @TempDir
    private Path board;

    private Path folder;

    @BeforeEach
    void install() throws IOException {
        folder = board.resolve("installed");
        MODEL.writeTo(folder, OwnProcess.isRoot());
    }

    @Test
    void releaseThatIsAsItWasBuiltHasNoDifferences() {
        assertDifferences();
        assertThat(verify().damaged()).isEqualTo(ObjectNumbers.NONE);
    }

    @Test
    void everyKindOfDifferenceIsFound() throws IOException {
        Files.writeString(folder.resolve("bin/app"), "hellO");
        Files.setAttribute(folder.resolve("etc/conf"), "unix:mode", 0600);
        Files.setAttribute(folder.resolve("etc"), "unix:mode", 0700);
        Files.delete(folder.resolve("link"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("bin/other"));
        Files.delete(folder.resolve("etc/empty"));

        assertDifferences(
                new Difference("bin/app", Kind.CONTENT),
                new Difference("etc", Kind.MODE),
                new Difference("etc/conf", Kind.MODE),
                new Difference("etc/empty", Kind.MISSING),
                new Difference("link", Kind.TARGET));
        assertThat(verify().damaged()).isEqualTo(ObjectNumbers.of(List.of(0)));
    }

    @Test
    void ownersAreFoundByRoot() throws IOException {
        assumeTrue(OwnProcess.isRoot(), "only root gives files away");
        Files.setAttribute(folder.resolve("bin/app"), "unix:uid", 1234);
        Files.setAttribute(folder.resolve("etc"), "unix:gid", 1234);

        assertDifferences(new Difference("bin/app", Kind.OWNER), new Difference("etc", Kind.OWNER));
    }

    @Test
    void whatIsThereBesidesIsNamedAndStays() throws IOException {
        Files.writeString(folder.resolve("bin/more"), "x");
        Files.createDirectories(folder.resolve("cache/deep"));
        Files.createSymbolicLink(folder.resolve("etc/empty/link"), Path.of("/"));

        assertDifferences(
                new Difference("bin/more", Kind.EXTRA),
                new Difference("cache", Kind.EXTRA),
                new Difference("etc/empty/link", Kind.EXTRA));
        assertThat(folder.resolve("bin/more")).hasContent("x");
    }

    @Test
    void somethingElseUnderTheNameIsFound() throws IOException, InterruptedException {
        Files.delete(folder.resolve("link"));
        Files.createDirectory(folder.resolve("link"));
        Files.delete(folder.resolve("etc/empty"));
        Files.createSymbolicLink(folder.resolve("etc/empty"), Path.of("."));
        Files.delete(folder.resolve("bin/app"));
        Elsewhere.run(List.of("mkfifo", folder.resolve("bin/app").toString()));

        assertDifferences(
                new Difference("bin/app", Kind.OTHER_KIND),
                new Difference("etc/empty", Kind.OTHER_KIND),
                new Difference("link", Kind.OTHER_KIND));
    }

    @Test
    void folderBehindALinkIsNotEntered() throws IOException {
        Files.move(folder.resolve("etc"), board.resolve("elsewhere"));
        Files.createSymbolicLink(folder.resolve("etc"), board.resolve("elsewhere"));
        Files.writeString(board.resolve("elsewhere/more"), "x");

        assertDifferences(
                new Difference("etc", Kind.OTHER_KIND),
                new Difference("etc/a b", Kind.MISSING),
                new Difference("etc/conf", Kind.MISSING),
                new Difference("etc/empty", Kind.MISSING));
    }

    @Test
    void releaseThatIsGoneMissesEverything() throws IOException {
        new DurableFiles().deleteTree(folder);

        CheckedTree checked = verify();

        assertThat(checked.differenceCount()).isEqualTo(MODEL.nodes().size());
        assertThat(checked.damaged()).isEqualTo(ObjectNumbers.of(List.of(0, 2)));
    }

    @Test
    void differencesAreCountedAndTheFirstThousandKept() throws IOException {
        for (int i = 0; i < 1500; i++) {
            Files.createFile(folder.resolve("bin/f" + i));
        }

        assertThat(verify().differenceCount()).isEqualTo(1500);
        assertThat(verify().differences()).hasSize(1000);
    }

    private void assertDifferences(Difference... expected) {
        assertThat(verify().differences()).containsExactlyInAnyOrder(expected);
    }

    private CheckedTree verify() {
        return new TreeVerifier(
                        Revalidate.ALWAYS, new SeenFiles(board, new DurableFiles()), Clock.systemUTC(), () -> {})
                .verify(new ReleaseTree(folder, MODEL.manifest()));
    }
}
