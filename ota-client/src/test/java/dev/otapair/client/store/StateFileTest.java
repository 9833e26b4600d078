package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateFileTest {
    private static final Optional<PackageName> SEED = Optional.of(new PackageName("seed"));

    @TempDir
    private Path folder;

    private Path file;
    private StateFile state;

    @BeforeEach
    void makeState() {
        file = folder.resolve("state");
        state = new StateFile(folder, new DurableFiles());
    }

    @Test
    void seedCountsWhileNothingWasRecorded() {
        assertThat(state.read(SEED)).hasToString("seed");
    }

    @Test
    void nothingIsInstalledWithoutARecordAndWithoutASeed() {
        assertThat(state.read(Optional.empty())).isEqualTo(InstalledRelease.NONE);
    }

    @Test
    void seedThatWasAdoptedCountsMoreThanALaterOne() {
        state.adopt(SEED);

        assertThat(state.read(Optional.of(new PackageName("edited")))).hasToString("seed");
    }

    @Test
    void firstRunWithoutASeedCountsMoreThanALaterSeed() {
        state.adopt(Optional.empty());

        assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
    }

    @Test
    void seedIsNotAdoptedInPlaceOfARecord() {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));

        state.adopt(SEED);

        assertThat(state.read(SEED)).hasToString("fw-2");
    }

    @Test
    void seedIsNotAdoptedInPlaceOfADamagedRecord() throws IOException {
        Files.writeString(file, "garbage");

        state.adopt(SEED);

        assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
    }

    @Test
    void recordCountsMoreThanTheSeed() {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));

        assertThat(state.read(SEED)).hasToString("fw-2");
    }

    @Test
    void recordOfNothingCountsMoreThanTheSeed() {
        state.write(InstalledRelease.NONE);

        assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "fw-1.4.0.tar.gz",
                "固件 1.4.0 (测试).tar.gz",
                "installed=x",
                "é\uD83D\uDE80",
                "it's \"quoted\"=#;%"
            })
    void nameComesBackAsItWas(String name) {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName(name))));

        assertThat(state.read(SEED)).hasToString(name);
    }

    @Test
    void longestNameComesBackAsItWas() {
        String name = "n".repeat(PackageName.MAX_BYTES);

        state.write(InstalledRelease.seeded(Optional.of(new PackageName(name))));

        assertThat(state.read(SEED)).hasToString(name);
    }

    @Test
    void fileIsAsItsDescriptionSays() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-1.4.0.tar.gz"))));

        assertThat(Files.readString(file))
                .matches("ota-client-state/1\ninstalled=fw-1\\.4\\.0\\.tar\\.gz\ncrc32c=[0-9a-f]{8}\n");
    }

    @Test
    void fileIsForItsOwnerAlone() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void nothingElseIsLeftInTheFolderButTheGenerationBefore() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-1"))));
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));

        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("state", "state.old");
    }

    @Test
    void signedReleaseIsReadAsItWasWritten() {
        InstalledRelease signed = new InstalledRelease(
                Optional.of(new PackageName("fw-2")),
                42,
                "1.4 (固件)",
                Optional.of(new Digest(Digest.Algorithm.SHA256, "0".repeat(64))));

        state.write(signed);

        assertThat(state.read(SEED)).isEqualTo(signed);
    }

    @Test
    void generationBeforeCountsWhenTheLastOneIsDamaged() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-1"))));
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));
        byte[] damaged = "ota-client-state/1\n".getBytes(StandardCharsets.US_ASCII);
        Files.write(file, damaged);

        assertThat(state.read(SEED)).hasToString("fw-1");
        state.repair();

        assertThat(state.read(SEED)).hasToString("fw-1");
        assertThat(folder.resolve("state.broken")).hasBinaryContent(damaged);
        assertThat(file).content().contains("installed=fw-1");
    }

    @Test
    void generationBeforeCountsWhenTheLastOneIsGone() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-1"))));
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));
        Files.delete(file);

        state.repair();

        assertThat(state.read(SEED)).hasToString("fw-1");
    }

    /** The seed of config.ini is of the first day: years later it says nothing. */
    @Test
    void nothingIsKnownWhenBothAreDamaged() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-1"))));
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));
        Files.writeString(file, "x");
        Files.writeString(folder.resolve("state.old"), "x");

        state.repair();

        assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
        state.adopt(SEED);
        assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
    }

    @Test
    void repairOfWhatIsSoundChangesNothing() throws IOException {
        state.repair();
        assertThat(folder).isEmptyDirectory();

        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-1"))));
        state.repair();

        assertThat(folder.toFile().list()).containsExactly("state");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fw-2", "固件"})
    void everyChangedByteMakesItUnknown(String name) throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName(name))));
        byte[] good = Files.readAllBytes(file);

        for (int at = 0; at < good.length; at++) {
            for (int change : new int[] {0x01, 0x07, 0x80}) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) change;
                Files.write(file, bad);

                assertThat(state.read(SEED)).as("byte %d ^ %02x", at, change).isEqualTo(InstalledRelease.NONE);
            }
        }
    }

    @Test
    void everyTruncationMakesItUnknown() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));
        byte[] good = Files.readAllBytes(file);

        assertThat(IntStream.range(0, good.length)).allSatisfy(length -> {
            Files.write(file, Arrays.copyOf(good, length));

            assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
        });
    }

    @Test
    void whatFollowsTheRecordMakesItUnknown() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));
        Files.writeString(file, Files.readString(file) + "\n");

        assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
    }

    /** As another version, or a person with a checksum tool, may have written it. */
    @ParameterizedTest
    @ValueSource(strings = {"../../etc/passwd", ".hidden", "a/b", "current", "\u001b[2J", " "})
    void nameThatIsNoPackageNameMakesItUnknown(String name) throws IOException {
        String body = "ota-client-state/1\ninstalled=" + name + "\n";
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(StandardCharsets.UTF_8));
        Files.writeString(file, body + "crc32c=%08x\n".formatted(crc.getValue()));

        assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
    }

    @Test
    void hugeFileIsNotRead() throws IOException {
        Files.write(file, new byte[70_000]);

        assertThat(state.read(SEED)).isEqualTo(InstalledRelease.NONE);
    }

    @Test
    void damagedFileIsReplacedByTheNextRecord() throws IOException {
        Files.writeString(file, "garbage");

        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));

        assertThat(state.read(SEED)).hasToString("fw-2");
    }

    @Test
    void folderInItsPlaceIsAnErrorThatNamesIt() throws IOException {
        Files.createDirectories(file);

        OtaException failure = catchThrowableOfType(OtaException.class, () -> state.read(SEED));

        assertThat(failure.code()).isEqualTo(ErrorCode.IO_ERROR);
        assertThat(failure).hasMessageContaining(file.toString());
    }

    /** A bad block: the kernel answers EIO, here for memory that is not there. */
    @Test
    void fileThatTheDiskCannotReadIsDamagedWhereThereIsAGenerationBefore() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-1"))));
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2"))));
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/proc/self/mem"));

        assertThat(state.read(SEED)).hasToString("fw-1");
        state.repair();

        assertThat(state.read(SEED)).hasToString("fw-1");
        assertThat(file).isRegularFile();
        assertThat(Files.isSymbolicLink(folder.resolve("state.broken"))).isTrue();
    }

    @Test
    void folderThatCannotBeWrittenIsAnErrorThatNamesTheFile() throws IOException {
        Path blocked = Files.createFile(folder.resolve("file"));

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> new StateFile(blocked, new DurableFiles()).write(InstalledRelease.NONE));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining(blocked.toString());
    }

    @Test
    void recordBeforeIsKeptWhenTheNextCannotBeWritten() throws IOException {
        state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-1"))));
        Files.createDirectories(folder.resolve(".tmp-state").resolve("blocked"));

        catchThrowableOfType(
                OtaException.class, () -> state.write(InstalledRelease.seeded(Optional.of(new PackageName("fw-2")))));

        assertThat(state.read(SEED)).hasToString("fw-1");
    }
}
