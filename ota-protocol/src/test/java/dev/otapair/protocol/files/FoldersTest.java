package dev.otapair.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
    @TempDir
    private Path folder;

    @Test
    void childrenAreSortedByName() throws IOException {
        Files.createFile(folder.resolve("b"));
        Files.createDirectories(folder.resolve("a/in"));
        Files.createFile(folder.resolve(".c"));

        assertThat(Folders.list(folder)).containsExactly(in(".c"), in("a"), in("b"));
        assertThat(Folders.list(folder, name -> !name.startsWith("."))).containsExactly(in("a"), in("b"));
    }

    @Test
    void allOfItIsListedAndNothingBehindLinks() throws IOException {
        Files.createDirectories(folder.resolve("a/b"));
        Files.createFile(folder.resolve("a/b/c"));
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("a"));

        assertThat(Folders.listAll(folder)).containsExactly(in("a"), in("a/b"), in("a/b/c"), in("link"));
    }

    @Test
    void searchEndsWithWhatIsFound() throws IOException {
        Files.createFile(folder.resolve("a"));
        Files.createFile(folder.resolve("b"));
        List<Path> seen = new ArrayList<>();

        Optional<Path> found = Folders.first(folder, child -> {
            seen.add(child);
            return Optional.of(child);
        });

        assertThat(seen).hasSize(1);
        assertThat(found).contains(seen.get(0));
        assertThat(Folders.first(folder, child -> Optional.empty())).isEmpty();
    }

    @Test
    void missingFolderIsSaidToBeMissing() {
        assertThatThrownBy(() -> Folders.list(folder.resolve("missing"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void diskThatFailsInTheMiddleIsNoDefect() {
        IOException eio = new IOException("Input/output error");
        List<Path> seen = new ArrayList<>();

        assertThatThrownBy(() -> Folders.visit(failingAfter(folder.resolve("a"), eio), seen::add))
                .isSameAs(eio);
        assertThat(seen).containsExactly(folder.resolve("a"));
    }

    @Test
    void failureOfTheVisitorEndsTheVisit() throws IOException {
        Files.createFile(folder.resolve("a"));
        IOException full = new IOException("No space left on device");

        assertThatThrownBy(() -> Folders.visit(folder, child -> {
                    throw full;
                }))
                .isSameAs(full);
    }

    private Path in(String name) {
        return folder.resolve(name);
    }

    private static DirectoryStream<Path> failingAfter(Path first, IOException failure) {
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> names = List.of(first).iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return true;
                    }

                    @Override
                    public Path next() {
                        if (names.hasNext()) {
                            return names.next();
                        }
                        throw new DirectoryIteratorException(failure);
                    }
                };
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
    }
}
