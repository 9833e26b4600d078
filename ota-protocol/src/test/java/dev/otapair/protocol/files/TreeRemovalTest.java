package dev.otapair.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeRemovalTest {
    @TempDir
    private Path place;

    @Test
    void allOfItIsRemovedAndNothingBehindLinks() throws IOException {
        Path victim = Files.createDirectory(place.resolve("victim"));
        Files.writeString(victim.resolve("kept"), "kept");
        Path tree = Files.createDirectories(place.resolve("tree/a/b c/d"))
                .getParent()
                .getParent()
                .getParent();
        Files.writeString(tree.resolve("a/file"), "x");
        Files.createSymbolicLink(tree.resolve("a/link"), victim);
        Files.createSymbolicLink(tree.resolve("a/dangling"), Path.of("nowhere"));

        TreeRemoval.remove(tree);

        assertThat(tree).doesNotExist();
        assertThat(victim.resolve("kept")).exists();
    }

    @Test
    void linkThatIsToBeRemovedIsNotEntered() throws IOException {
        Path victim = Files.createDirectory(place.resolve("victim"));
        Files.writeString(victim.resolve("kept"), "kept");
        Files.createSymbolicLink(place.resolve("tree"), victim);

        TreeRemoval.remove(place.resolve("tree"));

        assertThat(place.resolve("tree")).doesNotExist();
        assertThat(victim.resolve("kept")).exists();
    }

    /** The tests run by root as a rule, for whom it makes no difference. */
    @Test
    void foldersThatMayNotBeEnteredAreRemovedByTheirOwner() throws IOException {
        Path tree = Files.createDirectories(place.resolve("tree/closed/in"));
        Files.setPosixFilePermissions(tree.getParent(), PosixFilePermissions.fromString("---------"));

        TreeRemoval.remove(place.resolve("tree"));

        assertThat(place.resolve("tree")).doesNotExist();
    }

    /** Who owns a folder exchanges it with a link, again and again, while somebody with more rights removes it. */
    @Test
    void nothingElsewhereIsRemovedWhileFoldersAreExchanged() throws Exception {
        Path victim = Files.createDirectory(place.resolve("victim"));
        for (int i = 0; i < 50; i++) {
            Files.writeString(victim.resolve("f" + i), "kept");
        }
        Path spare = place.resolve("spare");
        Path link = place.resolve("link");
        for (int round = 0; round < 40; round++) {
            Path tree = place.resolve("tree" + round);
            Path inner = Files.createDirectories(tree.resolve("z"));
            for (int i = 0; i < 50; i++) {
                Files.writeString(inner.resolve("f" + i), "x");
            }
            AtomicBoolean isOver = new AtomicBoolean();
            Thread attacker = new Thread(() -> {
                while (!isOver.get()) {
                    exchange(inner, spare, link, victim);
                }
            });
            attacker.start();
            try {
                TreeRemoval.remove(tree);
            } catch (IOException e) {
                // It may not come to an end while somebody is at work in it.
                assertThat(e).isNotNull();
            } finally {
                isOver.set(true);
                attacker.join();
            }
            try (var kept = Files.list(victim)) {
                assertThat(kept).hasSize(50);
            }
            Files.deleteIfExists(link);
        }
    }

    private static void exchange(Path inner, Path spare, Path link, Path victim) {
        try {
            Files.createSymbolicLink(link, victim);
            Files.move(inner, spare, StandardCopyOption.ATOMIC_MOVE);
            Files.move(link, inner, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(inner);
            Files.move(spare, inner, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            try {
                Files.deleteIfExists(link);
            } catch (IOException again) {
                assertThat(again).isNotNull();
            }
        }
    }

    @Test
    void whatIsTooDeepStays() throws IOException {
        Path deep = Files.createDirectory(place.resolve("tree"));
        for (int i = 0; i < 600; i++) {
            deep = Files.createDirectory(deep.resolve("d"));
        }

        assertThatThrownBy(() -> TreeRemoval.remove(place.resolve("tree"))).hasMessageContaining("too deep");

        while (!deep.equals(place)) {
            Files.delete(deep);
            deep = deep.getParent();
        }
    }

    @Test
    void whatIsMountedInItIsNotTouched() throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root mounts");
        Path victim = Files.createDirectory(place.resolve("victim"));
        Files.writeString(victim.resolve("kept"), "kept");
        Path point = Files.createDirectories(place.resolve("tree/da ta"));
        Files.writeString(place.resolve("tree/file"), "x");
        assumeTrue(run("mount", "--bind", victim.toString(), point.toString()) == 0, "this machine mounts nothing");
        try {
            assertThatThrownBy(() -> TreeRemoval.remove(place.resolve("tree")))
                    .hasMessageContaining("is mounted in it")
                    .isNotInstanceOf(NoSuchFileException.class);
        } finally {
            run("umount", point.toString());
        }

        assertThat(victim.resolve("kept")).exists();
        assertThat(place.resolve("tree/file")).exists();
        TreeRemoval.remove(place.resolve("tree"));
        assertThat(Files.exists(place.resolve("tree"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
