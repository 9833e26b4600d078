package dev.otapair.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
    private static final byte[] OLD = "old".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NEW = "new".getBytes(StandardCharsets.US_ASCII);

    private static final UserPrincipal NOBODY = nobody();

    private final DurableFiles files = new DurableFiles();

    @TempDir
    private Path folder;

    @RepeatedTest(20)
    void twoFirstRunsMakeTheSameFolderAtOnce() {
        Path deep = folder.resolve("a/b/c/d/e/f/g/h");

        assertThatCode(() -> IntStream.range(0, 8).parallel().forEach(i -> ensure(deep)))
                .doesNotThrowAnyException();
        assertThat(deep).isEmptyDirectory();
    }

    private void ensure(Path made) {
        try {
            files.ensureWritableFolder(made);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void missingFileIsMade() throws IOException {
        files.replace(folder.resolve("state"), NEW);

        assertThat(folder.resolve("state")).hasBinaryContent(NEW);
    }

    @Test
    void contentIsReplacedAsAWhole() throws IOException {
        Path file = Files.writeString(folder.resolve("state"), "something longer");

        files.replace(file, NEW);

        assertThat(file).hasBinaryContent(NEW);
    }

    @Test
    void emptyContentIsWritten() throws IOException {
        files.replace(folder.resolve("state"), new byte[0]);

        assertThat(folder.resolve("state")).isEmptyFile();
    }

    @Test
    void onlyTheOwnerMayRead() throws IOException {
        Path file = Files.writeString(folder.resolve("state"), "old");

        files.replace(file, NEW);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void nothingElseIsLeftBehind() throws IOException {
        files.replace(folder.resolve("state"), NEW);

        assertThat(folder.toFile().list()).containsExactly("state");
    }

    @Test
    void remainsOfACrashAreReplaced() throws IOException {
        Files.writeString(folder.resolve(".tmp-state"), "half");

        files.replace(folder.resolve("state"), NEW);

        assertThat(folder.toFile().list()).containsExactly("state");
    }

    @Test
    void plantedLinkIsNotFollowed() throws IOException {
        Path canary = Files.writeString(folder.resolve("canary"), "alive");
        Files.createSymbolicLink(folder.resolve(".tmp-state"), canary);

        files.replace(folder.resolve("state"), NEW);

        assertThat(canary).hasContent("alive");
    }

    /** Root publishes into a folder of the daemon's user, who wants to be given another file of root's. */
    @Test
    void linkThatTookTheNameOfAFileIsNotFollowedByItsNewOwner() throws IOException {
        assumeTrue(isRoot(), "only root gives files away");
        Path secret = Files.writeString(folder.resolve("secret"), "root's");
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        Files.setOwner(theirs, NOBODY);
        Path link = Files.createSymbolicLink(theirs.resolve(".tmp-symbolic"), secret);
        Path hard = Files.createLink(theirs.resolve(".tmp-hard"), secret);

        assertThat(Ownership.giveToFoldersOwner(link)).isFalse();
        assertThat(Ownership.giveToFoldersOwner(hard)).isFalse();

        assertThat(Files.getOwner(secret)).isNotEqualTo(NOBODY);
    }

    /** The same as a race: the other one swaps the file for a link, as fast as he can, while root writes. */
    @Test
    void ownerOfTheFolderGetsNoFileOfRootsByARace() throws Exception {
        assumeTrue(isRoot(), "only root gives files away");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path secret = Files.writeString(folder.resolve("secret"), "root's");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        Files.setOwner(theirs, NOBODY);
        Process attacker = new ProcessBuilder(
                        "setpriv",
                        "--reuid=nobody",
                        "--clear-groups",
                        "/usr/bin/python3",
                        "-c",
                        """
                        import os, sys
                        secret, name = sys.argv[1:]
                        while True:
                            try:
                                os.stat(name, follow_symlinks=False)
                                os.symlink(secret, name + '-l')
                                os.rename(name + '-l', name)
                                os.unlink(name)
                            except OSError:
                                pass
                        """,
                        secret.toString(),
                        theirs.resolve(".tmp-offer").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            for (int tries = 0; tries < 3000; tries++) {
                replaceOrFail(theirs.resolve("offer"));
            }
            assertThat(attacker.isAlive()).isTrue();
        } finally {
            attacker.destroyForcibly().waitFor();
        }

        assertThat(Files.getOwner(secret)).isNotEqualTo(NOBODY);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
                .isEqualTo("rw-------");
    }

    private void replaceOrFail(Path file) {
        try {
            files.replace(file, NEW, DurableFiles.Readers.EVERYBODY);
        } catch (IOException e) {
            // The other one was faster; that is his right in his folder.
        }
    }

    @Test
    void whatRootMakesInAFolderBelongsToTheFoldersOwner() throws IOException {
        assumeTrue(isRoot(), "only root gives files away");
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        Files.setOwner(theirs, NOBODY);

        files.replace(theirs.resolve("offer"), NEW, DurableFiles.Readers.EVERYBODY);
        files.ensureWritableFolder(theirs.resolve("offers"));

        assertThat(Files.getOwner(theirs.resolve("offer"))).isEqualTo(NOBODY);
        assertThat(Files.getOwner(theirs.resolve("offers"))).isEqualTo(NOBODY);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(theirs.resolve("offer"))))
                .isEqualTo("rw-r--r--");
    }

    @Test
    void fileThatMustNotBeReplacedIsNot() throws IOException {
        Path file = folder.resolve("a.key");
        files.make(file, NEW, DurableFiles.Readers.OWNER);

        assertThatThrownBy(() -> files.make(file, new byte[9], DurableFiles.Readers.OWNER))
                .isInstanceOf(FileAlreadyExistsException.class);

        assertThat(file).hasBinaryContent(NEW);
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    @Test
    void failureLeavesNothingBehind() throws IOException {
        Path occupied = Files.createDirectories(folder.resolve("state/inner")).getParent();

        assertThatThrownBy(() -> files.replace(occupied, NEW)).isInstanceOf(IOException.class);
        assertThat(folder.toFile().list()).containsExactly("state");
    }

    @Test
    void missingFolderIsAFailure() {
        assertThatThrownBy(() -> files.replace(folder.resolve("none/state"), NEW))
                .isInstanceOf(IOException.class);
    }

    @Test
    void renamedFileTakesThePlaceOfAnother() throws IOException {
        Path from = Files.write(folder.resolve("fw.part"), NEW);
        Path to = Files.writeString(folder.resolve("fw"), "old");

        files.rename(from, to);

        assertThat(to).hasBinaryContent(NEW);
        assertThat(from).doesNotExist();
    }

    @Test
    void manyFilesGetTheirNamesInSeveralFolders() throws IOException {
        Path one = Files.createDirectory(folder.resolve("one"));
        Path other = Files.createDirectory(folder.resolve("other"));
        Path first = Files.write(folder.resolve(".tmp-1"), OLD);
        Path second = Files.write(folder.resolve(".tmp-2"), NEW);
        Files.write(other.resolve("b"), OLD);

        files.renameAll(Map.of(first, one.resolve("a"), second, other.resolve("b")));

        assertThat(one.resolve("a")).hasBinaryContent(OLD);
        assertThat(other.resolve("b")).hasBinaryContent(NEW);
        assertThat(first).doesNotExist();
        assertThat(second).doesNotExist();
    }

    @Test
    void folderAndFileAreForEverybodyToRead() throws IOException {
        Path shared = folder.resolve("shared");

        files.ensureReadableFolder(shared);
        files.ensureReadableFolder(shared);
        files.create(shared.resolve("file"), DurableFiles.Readers.EVERYBODY_FOR_GOOD)
                .close();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shared)))
                .isEqualTo("rwxr-xr-x");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shared.resolve("file"))))
                .isEqualTo("r--r--r--");
    }

    @Test
    void whatWasBegunIsGoneOnWith() throws IOException {
        Files.writeString(folder.resolve("part"), "something else");

        try (FileChannel begun = files.begin(folder.resolve("part"))) {
            begun.write(ByteBuffer.wrap(NEW));
        }
        try (FileChannel reopened = files.reopen(folder.resolve("part"))) {
            reopened.position(NEW.length).write(ByteBuffer.wrap(NEW));
        }

        assertThat(folder.resolve("part")).hasContent("newnew");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("part"))))
                .isEqualTo("rw-r--r--");
    }

    @Test
    void linkIsNotReopened() throws IOException {
        Path canary = Files.writeString(folder.resolve("canary"), "alive");
        Path link = Files.createSymbolicLink(folder.resolve("part"), canary);

        assertThatThrownBy(() -> files.reopen(link)).isInstanceOf(IOException.class);
    }

    @Test
    void remainsOfACrashAreDeletedToo() throws IOException {
        Files.writeString(folder.resolve(".tmp-attempts"), "half");

        assertThat(files.delete(folder.resolve("attempts"))).isFalse();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void missingFolderIsMadeWithItsParents() throws IOException {
        files.ensureWritableFolder(folder.resolve("a/b"));

        assertThat(folder.resolve("a/b")).isEmptyDirectory();
    }

    @Test
    void folderKeepsWhatItHolds() throws IOException {
        Files.writeString(folder.resolve("fw"), "old");

        files.ensureWritableFolder(folder);

        assertThat(folder.toFile().list()).containsExactly("fw");
    }

    @Test
    void fileInPlaceOfAFolderIsAFailure() throws IOException {
        Path file = Files.writeString(folder.resolve("fw"), "old");

        assertThatThrownBy(() -> files.ensureWritableFolder(file)).isInstanceOf(IOException.class);
    }

    private static UserPrincipal nobody() {
        try {
            return FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName("nobody");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
