package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartialFileTest {
    private static final String MD5_OF_HELLO = "5d41402abc4b2a76b9719d911017c592";
    private static final PackageResponse HELLO = announced(5, MD5_OF_HELLO);

    private static final String SHA256_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    @TempDir
    private Path board;

    @Test
    void packageThatIsWhatWasAnnouncedGetsItsName() throws IOException {
        receive(HELLO, "he", "l", "lo");

        assertThat(board.resolve("fw-2")).hasContent("hello");
        assertThat(board.toFile().list()).containsExactly("fw-2");
    }

    @Test
    void emptyPackageGetsItsName() throws IOException {
        receive(announced(0, "d41d8cd98f00b204e9800998ecf8427e"), "");

        assertThat(board.resolve("fw-2")).isEmptyFile();
    }

    @Test
    void packageIsIncompleteUntilItIsFinished() throws IOException {
        try (PartialFile partial = begin(HELLO)) {
            partial.append(bytes("hello"));

            assertThat(board.toFile().list()).containsExactly(".part-" + MD5_OF_HELLO);
        }
    }

    @Test
    void runThatEndsEarlyLeavesNothing() throws IOException {
        try (PartialFile partial = begin(HELLO)) {
            partial.append(bytes("hel"));
        }

        assertThat(board).isEmptyDirectory();
    }

    @Test
    void otherBytesAreAMismatchThatLeavesNothing() {
        OtaException failure = catchThrowableOfType(OtaException.class, () -> receive(HELLO, "hellO"));

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(board).isEmptyDirectory();
    }

    @Test
    void fewerBytesAreAMismatchThatLeavesNothing() {
        OtaException failure = catchThrowableOfType(OtaException.class, () -> receive(HELLO, "hell"));

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(board).isEmptyDirectory();
    }

    @Test
    void moreBytesAreAMismatchThatLeavesNothing() {
        OtaException failure = catchThrowableOfType(OtaException.class, () -> receive(HELLO, "hello", "!"));

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(board).isEmptyDirectory();
    }

    @Test
    void fileWithTheFinalNameSurvivesAFailedDownload() throws IOException {
        Files.writeString(board.resolve("fw-2"), "what was there");

        catchThrowableOfType(OtaException.class, () -> receive(HELLO, "hellO"));

        assertThat(board.resolve("fw-2")).hasContent("what was there");
    }

    @Test
    void fileWithTheFinalNameIsReplacedByAGoodOne() throws IOException {
        Files.writeString(board.resolve("fw-2"), "what was there");

        receive(HELLO, "hello");

        assertThat(board.resolve("fw-2")).hasContent("hello");
    }

    @Test
    void linkUnderTheFinalNameIsReplacedAndNotFollowed() throws IOException {
        Path canary = Files.writeString(board.resolve("canary"), "alive");
        Files.createSymbolicLink(board.resolve("fw-2"), canary);

        receive(HELLO, "hello");

        assertThat(canary).hasContent("alive");
        assertThat(Files.isRegularFile(board.resolve("fw-2"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    @Test
    void folderUnderTheFinalNameIsAnErrorThatLeavesItAlone() throws IOException {
        Path canary = Files.createDirectory(board.resolve("fw-2")).resolve("canary");
        Files.writeString(canary, "alive");

        OtaException failure = catchThrowableOfType(OtaException.class, () -> receive(HELLO, "hello"));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(canary).hasContent("alive");
        assertThat(board.toFile().list()).containsExactly("fw-2");
    }

    @Test
    void emptyFolderUnderTheFinalNameIsAnErrorToo() throws IOException {
        Files.createDirectory(board.resolve("fw-2"));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> receive(HELLO, "hello"));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(board.resolve("fw-2")).isDirectory();
    }

    @Test
    void linkUnderThePartialsNameIsNotFollowed() throws IOException {
        Path canary = Files.writeString(board.resolve("canary"), "alive");
        Files.createSymbolicLink(board.resolve(".part-" + MD5_OF_HELLO), canary);

        catchThrowableOfType(IOException.class, () -> begin(HELLO));

        assertThat(canary).hasContent("alive");
    }

    @Test
    void linkToNowhereUnderThePartialsNameMakesNoFile() throws IOException {
        Files.createSymbolicLink(board.resolve(".part-" + MD5_OF_HELLO), board.resolve("nowhere"));

        catchThrowableOfType(IOException.class, () -> begin(HELLO));

        assertThat(board.resolve("nowhere")).doesNotExist();
    }

    @Test
    void folderUnderThePartialsNameIsAnError() throws IOException {
        Files.createDirectories(board.resolve(".part-" + MD5_OF_HELLO).resolve("full"));

        IOException failure = catchThrowableOfType(IOException.class, () -> begin(HELLO));

        assertThat(failure).hasMessageContaining(".part-");
    }

    @Test
    void runThatEndsEarlyLeavesWhatAServerCanBeAskedTheRestOf() throws IOException {
        try (PartialFile partial = resume()) {
            partial.append(bytes("hel"));
        }

        try (PartialFile partial = resume()) {
            assertThat(partial.size()).isEqualTo(3);
            partial.append(bytes("lo"));
            partial.finish(board.resolve("fw-2"));
        }

        assertThat(board.toFile().list()).containsExactly("fw-2");
        assertThat(board.resolve("fw-2")).hasContent("hello");
    }

    /** A run that got nothing leaves nothing. */
    @Test
    void runThatGotNothingLeavesNothing() throws IOException {
        resume().close();

        assertThat(board).isEmptyDirectory();
    }

    @Test
    void flippedBitInWhatWasHereIsFoundAndThrownAway() throws IOException {
        Files.writeString(part(), "hem");
        try (PartialFile partial = resume()) {
            partial.append(bytes("lo"));

            OtaException failure =
                    catchThrowableOfType(OtaException.class, () -> partial.finish(board.resolve("fw-2")));

            assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        }
        assertThat(board).isEmptyDirectory();
    }

    /** Gigabytes take minutes to read, and a board that is told to end has seconds. */
    @Test
    void readingAgainCanBeEndedAndLosesNothing() throws IOException {
        Files.writeString(part(), "hel");
        OtaException told = new OtaException(ErrorCode.TERMINATED, "told to end");

        OtaException failure = catchThrowableOfType(
                OtaException.class,
                () -> resume(() -> {
                    throw told;
                }));

        assertThat(failure).isSameAs(told);
        try (PartialFile partial = resume()) {
            assertThat(partial.size()).isEqualTo(3);
        }
    }

    /** R26: whatever lies there under the name, nothing of it is written to, and nothing of others is taken. */
    @ParameterizedTest
    @ValueSource(strings = {"longer", "link", "hard link", "folder", "writable"})
    void whatIsNotOursIsNotGoneOnWith(String what) throws IOException {
        Path canary = Files.writeString(board.resolve("canary"), "hel");
        switch (what) {
            case "longer" -> Files.writeString(part(), "hello!");
            case "link" -> Files.createSymbolicLink(part(), canary);
            case "hard link" -> Files.createLink(part(), canary);
            case "folder" -> Files.createDirectory(part());
            default -> {
                Files.writeString(part(), "hel");
                Files.setPosixFilePermissions(part(), PosixFilePermissions.fromString("rw-rw-rw-"));
            }
        }

        try (PartialFile partial = resume()) {
            assertThat(partial.size()).isZero();
            partial.append(bytes("hello"));
            partial.finish(board.resolve("fw-2"));
        }

        assertThat(canary).hasContent("hel");
        assertThat(board.resolve("fw-2")).hasContent("hello");
    }

    private PartialFile resume() throws IOException {
        return resume(() -> {});
    }

    private PartialFile resume(Runnable goesOn) throws IOException {
        return PartialFile.resume(
                board,
                PackageResponse.whole(new PackageName("fw-2"), 5, new Digest(Digest.Algorithm.SHA256, SHA256_OF_HELLO)),
                new DurableFiles(),
                goesOn);
    }

    private Path part() {
        return board.resolve(".part-" + SHA256_OF_HELLO);
    }

    private void receive(PackageResponse announced, String... pieces) throws IOException {
        try (PartialFile partial = begin(announced)) {
            for (String piece : pieces) {
                partial.append(bytes(piece));
            }
            partial.finish(board.resolve("fw-2"));
        }
    }

    private PartialFile begin(PackageResponse announced) throws IOException {
        return PartialFile.create(board, announced, new DurableFiles());
    }

    private static PackageResponse announced(long size, String md5) {
        return PackageResponse.whole(new PackageName("fw-2"), size, new Digest(Digest.Algorithm.MD5, md5));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
