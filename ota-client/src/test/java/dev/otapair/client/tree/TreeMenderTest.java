package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.client.tree.Difference.Kind;
import dev.otapair.client.tree.ModelTree.FolderNode;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeMenderTest {
    private static final long SEED = Long.getLong("mender.seed", System.nanoTime());
    private static final ModelTree MODEL = new ModelTree()
            .folder("bin")
            .file("bin/app", "hello")
            .file("bin/other", "hello")
            .folder("etc")
            .file("etc/conf", 0600, 1_700_000_001, "world")
            .put("etc/shared", new FolderNode(03775, 0, 1_700_000_000))
            .link("link", "bin/app");

    @TempDir
    private Path board;

    @Test
    void everythingIsPutRightAndWhatIsRightIsNotTouched() throws IOException {
        Path folder = installed(MODEL);
        Object untouched = inodeOf(folder.resolve("bin/other"));
        Files.writeString(folder.resolve("bin/app"), "hellO");
        Files.setAttribute(folder.resolve("etc/conf"), "unix:mode", 0644);
        Files.setAttribute(folder.resolve("etc/shared"), "unix:mode", 0700);
        Files.setAttribute(folder.resolve("etc"), "unix:mode", 0700);
        Files.delete(folder.resolve("link"));
        Files.writeString(folder.resolve("etc/more"), "x");

        mend(MODEL);

        assertThat(verify(MODEL).differences()).containsExactly(new Difference("etc/more", Kind.EXTRA));
        assertThat(inodeOf(folder.resolve("bin/other"))).isEqualTo(untouched);
        assertThat(Files.getAttribute(folder.resolve("etc/shared"), "unix:mode"))
                .isEqualTo(OwnProcess.isRoot() ? 043775 : 041775);
    }

    @Test
    void whoHasAFileOpenKeepsItAsItWas() throws IOException {
        Path folder = installed(MODEL);
        Files.writeString(folder.resolve("bin/app"), "hellO");
        try (FileChannel open = FileChannel.open(folder.resolve("bin/app"))) {
            mend(MODEL);

            assertThat(new String(
                            java.nio.channels.Channels.newInputStream(open).readAllBytes()))
                    .isEqualTo("hellO");
        }
        assertThat(folder.resolve("bin/app")).hasContent("hello");
    }

    /** An application that owns its folder may lead the client, which is root, elsewhere. */
    @Test
    void nothingIsDoneBehindALink() throws IOException {
        Path folder = installed(MODEL);
        Path elsewhere = board.resolve("elsewhere");
        Files.move(folder.resolve("etc"), elsewhere);
        Files.delete(elsewhere.resolve("conf"));
        Files.setAttribute(elsewhere.resolve("shared"), "unix:mode", 0700);
        Files.createSymbolicLink(folder.resolve("etc"), elsewhere);

        mend(MODEL);

        assertThat(verify(MODEL).differences()).isEmpty();
        assertThat(folder.resolve("etc")).isDirectory();
        assertThat(Files.isSymbolicLink(folder.resolve("etc"))).isFalse();
        assertThat(elsewhere.resolve("conf")).doesNotExist();
        assertThat(Files.getAttribute(elsewhere.resolve("shared"), "unix:mode")).isEqualTo(040700);
    }

    @Test
    void whatStandsInTheWayIsMovedAside() throws IOException {
        Path folder = installed(MODEL);
        Files.delete(folder.resolve("bin/app"));
        Files.createDirectories(folder.resolve("bin/app/deep"));
        Files.writeString(folder.resolve("bin/app/deep/data"), "kept by nobody");
        Files.delete(folder.resolve("etc/shared"));
        Files.writeString(folder.resolve("etc/shared"), "a file");
        Files.delete(folder.resolve("link"));
        Files.createDirectory(folder.resolve("link"));

        mend(MODEL);

        assertThat(verify(MODEL).differences()).isEmpty();
    }

    @Test
    void ownersAreGivenBackByRoot() throws IOException {
        Assumptions.assumeTrue(OwnProcess.isRoot(), "only root gives files away");
        Path folder = installed(MODEL);
        Files.setAttribute(folder.resolve("etc"), "unix:uid", 1234);
        Files.setAttribute(folder.resolve("bin/app"), "unix:gid", 1234);
        Files.setAttribute(folder.resolve("link"), "unix:uid", 1234, LinkOption.NOFOLLOW_LINKS);

        mend(MODEL);

        assertThat(verify(MODEL).differences()).isEmpty();
    }

    /** Another release at random lies where one should be: it becomes that one, but for what does not belong to it. */
    @Test
    void anythingBecomesTheRelease() throws IOException {
        for (long seed = SEED; seed < SEED + 300; seed++) {
            Random random = new Random(seed);
            ModelTree wanted = ModelTree.random(random);
            installed(wanted.edited(random));

            mend(wanted);

            List<Difference> left = new ArrayList<>(verify(wanted).differences());
            left.removeIf(difference -> difference.kind() == Kind.EXTRA);
            // What nobody but root may read is not known to be right, and folders that may not be written stay.
            assertThat(OwnProcess.isRoot() ? left : List.of())
                    .as("seed %d", seed)
                    .isEmpty();
            new DurableFiles().deleteTree(board.resolve("installed"));
        }
    }

    private Path installed(ModelTree tree) throws IOException {
        Path folder = board.resolve("installed");
        tree.writeTo(folder, OwnProcess.isRoot());
        return folder;
    }

    private void mend(ModelTree release) throws IOException {
        Path copy = board.resolve("copy");
        release.writeTo(copy, OwnProcess.isRoot());
        Path aside = Files.createDirectory(board.resolve("aside"));
        new TreeMender(verify(release), copy, aside, () -> {}).mend();
        new DurableFiles().deleteTree(copy);
        new DurableFiles().deleteTree(aside);
    }

    private CheckedTree verify(ModelTree release) {
        return new TreeVerifier(
                        Revalidate.ALWAYS, new SeenFiles(board, new DurableFiles()), Clock.systemUTC(), () -> {})
                .verify(new ReleaseTree(board.resolve("installed"), release.manifest()));
    }

    private static Object inodeOf(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }
}
