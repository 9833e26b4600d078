package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageFolderTest {
    /** Of "hello". */
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "5d41402abc4b2a76b9719d911017c592");

    private static final PackageName FW = new PackageName("fw-2");

    @TempDir
    private Path board;

    @Test
    void missingFolderIsMade() {
        Path folder = board.resolve("a/b/packages");

        packages(folder, OptionalLong.empty()).prepare(Set.of());

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void folderThatCannotBeMadeIsAnErrorThatNamesIt() throws IOException {
        Path folder = Files.createFile(board.resolve("file")).resolve("packages");

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> packages(folder, OptionalLong.empty()).prepare(Set.of()));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining("path: " + folder);
    }

    private static final Digest SHA256 =
            new Digest(Digest.Algorithm.SHA256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    private static final String PART_OF_SHA256 = ".part-" + SHA256.hex();

    @Test
    void whatACutWriteLeftIsRemoved() throws IOException {
        Files.writeString(board.resolve(".tmp-probe"), "");
        Files.createSymbolicLink(board.resolve(".tmp-current"), Path.of("fw-1"));
        Files.writeString(board.resolve("fw-1"), "kept");

        packages(board, OptionalLong.empty()).prepare(Set.of());

        assertThat(board.toFile().list()).containsExactly("fw-1");
    }

    @Test
    void readingAPackageCanBeEnded() throws IOException {
        Files.writeString(board.resolve("fw-2"), "hello");
        OtaException told = new OtaException(ErrorCode.TERMINATED, "told to end");
        PackageFolder packages =
                new PackageFolder(board, OptionalLong.empty(), new DurableFiles(), Places.asNamed(), () -> {
                    throw told;
                });

        assertThatThrownBy(() -> packages.holds(FW, 5, SHA256)).isSameAs(told);

        assertThat(packages.holds(FW, 5, SHA256, () -> {})).isTrue();
    }

    @Test
    void whatAnEarlierRunLeftIncompleteIsRemoved() throws IOException {
        Files.writeString(board.resolve(".part-5d41402abc4b2a76b9719d911017c592"), "hel");
        Files.writeString(board.resolve("fw-1"), "kept");

        Files.writeString(board.resolve(PART_OF_SHA256), "hel");
        packages(board, OptionalLong.empty()).removePartials(Optional.of(SHA256));

        assertThat(board.toFile().list()).containsExactlyInAnyOrder("fw-1", PART_OF_SHA256);

        packages(board, OptionalLong.empty()).removePartials(Optional.empty());

        assertThat(board.toFile().list()).containsExactly("fw-1");
    }

    @Test
    void linkInPlaceOfAPartialIsRemovedAndNotFollowed() throws IOException {
        Path canary = Files.writeString(board.resolve("canary"), "alive");
        Files.createSymbolicLink(board.resolve(".part-5d41402abc4b2a76b9719d911017c592"), canary);

        packages(board, OptionalLong.empty()).removePartials(Optional.empty());

        assertThat(board.toFile().list()).containsExactly("canary");
        assertThat(canary).hasContent("alive");
    }

    /** Nobody can tell what is in it, and every run would fail. */
    @Test
    void folderInPlaceOfAPartialIsLeftAlone() throws IOException {
        Path made = Files.createDirectory(board.resolve(".part-mine"));
        Files.writeString(made.resolve("notes"), "mine");
        Files.writeString(board.resolve(PART_OF_SHA256), "hel");

        packages(board, OptionalLong.empty()).removePartials(Optional.empty());

        assertThat(board.toFile().list()).containsExactly(".part-mine");
        assertThat(made.resolve("notes")).hasContent("mine");
    }

    @Test
    void packageThatIsHereIsHeld() throws IOException {
        Files.writeString(board.resolve("fw-2"), "hello");

        assertThat(packages(board, OptionalLong.empty()).holds(FW, 5, MD5)).isTrue();
    }

    @Test
    void packageThatIsMissingIsNotHeld() {
        assertThat(packages(board, OptionalLong.empty()).holds(FW, 5, MD5)).isFalse();
    }

    @Test
    void packageWithOtherBytesIsNotHeld() throws IOException {
        Files.writeString(board.resolve("fw-2"), "hellO");

        assertThat(packages(board, OptionalLong.empty()).holds(FW, 5, MD5)).isFalse();
    }

    @Test
    void packageOfAnotherSizeIsNotHeld() throws IOException {
        Files.writeString(board.resolve("fw-2"), "hello");

        assertThat(packages(board, OptionalLong.empty()).holds(FW, 6, MD5)).isFalse();
    }

    @Test
    void linkToThePackageIsNotHeld() throws IOException {
        Path elsewhere = Files.writeString(board.resolve("elsewhere"), "hello");
        Files.createSymbolicLink(board.resolve("fw-2"), elsewhere);

        assertThat(packages(board, OptionalLong.empty()).holds(FW, 5, MD5)).isFalse();
    }

    @Test
    void folderInPlaceOfThePackageIsNotHeld() throws IOException {
        Files.createDirectory(board.resolve("fw-2"));

        assertThat(packages(board, OptionalLong.empty()).holds(FW, 5, MD5)).isFalse();
    }

    @Test
    void packageAboveTheLimitIsRefusedBeforeAByteIsTaken() {
        PackageFolder packages = packages(board, OptionalLong.of(4));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> packages.open(announced(5)));

        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_TOO_LARGE);
        assertThat(failure)
                .hasMessageContaining("max_package_size")
                .hasMessageContaining("5")
                .hasMessageContaining("4");
        assertThat(board).isEmptyDirectory();
    }

    @Test
    void packageOfExactlyTheLimitIsTaken() {
        PackageFolder packages = packages(board, OptionalLong.of(5));

        assertThatNoException().isThrownBy(() -> packages.open(announced(5)).close());
    }

    @Test
    void packageThatDoesNotFitOnTheDiskIsRefusedBeforeAByteIsTaken() {
        PackageFolder packages = packages(board, OptionalLong.empty());

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> packages.open(announced(PackageResponse.MAX_SIZE)));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining("remove old packages");
        assertThat(board).isEmptyDirectory();
    }

    private static PackageFolder packages(Path folder, OptionalLong maxSize) {
        return new PackageFolder(folder, maxSize, new DurableFiles());
    }

    private static PackageResponse announced(long size) {
        return PackageResponse.whole(FW, size, MD5);
    }
}
