package dev.otapair.client.install;

import static dev.otapair.client.install.ZipForge.zip;
import static dev.otapair.protocol.testing.TarForge.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.client.testing.SmallDisk;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.TarForge;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives as archivers, accidents and attackers make them. */
class UnpackerTest {
    private static final Unpacker.Limits LIMITS = new Unpacker.Limits(1 << 20, 100, 256 * 1024, 200);

    @TempDir
    private Path board;

    private Path releases;
    private Path folder;

    @BeforeEach
    void prepareBoard() throws IOException {
        releases = Files.createDirectory(board.resolve("releases"));
        folder = releases.resolve(".tmp-fw-2");
        Files.writeString(board.resolve("canary"), "alive");
        Files.writeString(releases.resolve("canary"), "alive");
    }

    @AfterEach
    void nothingElseWasTouched() throws IOException {
        assertThat(board.resolve("canary")).hasContent("alive");
        assertThat(releases.resolve("canary")).hasContent("alive");
        try (Stream<Path> files = Files.list(board)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("canary", "releases")
                    .doesNotContain("x");
        }
    }

    @Test
    void filesFoldersAndLinksAreUnpacked() throws IOException {
        unpack(tar().folder("./")
                .folder("./bin")
                .file("./bin/app", "run")
                .file("unnamed/folder/file", "")
                .link("./bin/sh", "../bin/app")
                .hardLink("bin/app2", "./bin/app")
                .end());

        assertThat(folder.resolve("bin/app")).hasContent("run");
        assertThat(folder.resolve("unnamed/folder/file")).isEmptyFile();
        assertThat(Files.readSymbolicLink(folder.resolve("bin/sh"))).hasToString("../bin/app");
        assertThat(Files.isSameFile(folder.resolve("bin/app"), folder.resolve("bin/app2")))
                .isTrue();
    }

    @Test
    void modesAndTimesAreThoseOfTheArchive() throws IOException {
        unpack(tar().entry('5', "./", "", 0711, new byte[0])
                .entry('5', "d", "", 0550, new byte[0])
                .entry('0', "d/f", "", 0641, "x".getBytes(StandardCharsets.UTF_8))
                .end());

        assertThat(modeOf("")).isEqualTo(0711);
        assertThat(modeOf("d")).isEqualTo(0550);
        assertThat(modeOf("d/f")).isEqualTo(0641);
        assertThat(Files.getLastModifiedTime(folder.resolve("d")).toMillis()).isEqualTo(TarForge.SECONDS * 1000L);
        assertThat(Files.getLastModifiedTime(folder.resolve("d/f")).toMillis()).isEqualTo(TarForge.SECONDS * 1000L);
    }

    @Test
    void rootKeepsSetIdBitsAndOwners() throws IOException {
        assumeTrue(isRoot());

        unpack(tar().pax("uid", "1234", "gid", "4321")
                .entry('0', "su", "", 06755, new byte[0])
                .pax("uid", "1234", "gid", "4321")
                .link("l", "su")
                .end());

        assertThat(modeOf("su")).isEqualTo(06755);
        assertThat(Files.getAttribute(folder.resolve("su"), "unix:uid")).isEqualTo(1234);
        assertThat(Files.getAttribute(folder.resolve("su"), "unix:gid")).isEqualTo(4321);
        assertThat(Files.getAttribute(folder.resolve("l"), "unix:uid", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(1234);
    }

    @Test
    void namesMayBeLongAndOfAnyLanguage() throws IOException {
        String name = "ü/" + "é".repeat(127) + "/" + "x".repeat(255);

        unpack(tar().pax("path", name)
                .file("short", "1")
                .longName("g" + name)
                .file("short", "2")
                .end());

        assertThat(folder.resolve(name)).hasContent("1");
        assertThat(folder.resolve("g" + name)).hasContent("2");
    }

    @Test
    void backslashesOfUnitNamesAreNoTricks() throws IOException {
        unpack(tar().file("dev-disk-by\\x2dlabel.mount", "").end());

        assertThat(folder.resolve("dev-disk-by\\x2dlabel.mount")).exists();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/x",
                "//x",
                "../x",
                "a/../x",
                "a/../../x",
                "a/..",
                "..",
                "./../x",
                "..\\x",
                "a\\..\\..\\x",
                "\\x",
                "C:\\x",
                "c:/x"
            })
    void nameThatLeavesIsRefused(String name) {
        assertThat(refused(tar().file("first", "").file(name, "").end())).startsWith("entry '" + name + "'");
        assertThat(refused(
                        tar().file("first", "").pax("path", name).file("y", "").end()))
                .startsWith("entry '" + name + "'");
        assertThat(refused(tar().file("first", "").longName(name).file("y", "").end()))
                .startsWith("entry '" + name + "'");
        assertThat(refused(zip().file("first", "").file(name, "").end())).startsWith("entry '" + name + "'");
    }

    @Test
    void absoluteNameForAllEntriesIsRefused() {
        byte[] archive = tar().entry('g', "pax", "", 0644, "11 path=/x\n".getBytes(StandardCharsets.UTF_8))
                .file("y", "")
                .end();

        assertThat(refused(archive)).contains("'/x' has an absolute name");
    }

    @Test
    void nulInANameIsRefused() {
        assertThat(refused(tar().pax("path", "a\0b").file("y", "").end())).contains("'a\\u0000b' has a NUL");
        assertThat(refused(tar().longName("a\0b").file("y", "").end())).contains("has a NUL");
        assertThat(refused(zip().file("a\0b", "").end())).contains("has a NUL");
    }

    @Test
    void nameThatIsNotUtf8IsRefused() {
        assertThat(refused(tar().file("\u00e4", "").end())).contains("not UTF-8");
        assertThat(refused(tar().link("l", "\u00e4").end())).contains("not UTF-8");
        assertThat(refused(tar().entry('L', "long", "", 0644, new byte[] {'a', (byte) 0xe4, 0})
                        .file("f", "")
                        .end()))
                .contains("not UTF-8");
    }

    @Test
    void namesAreEscapedInErrors() {
        assertThat(refused(tar().file("../\u001b[31m", "").end())).contains("'../\\u001b[31m'");
    }

    @Test
    void nameThatNoDiskCanHoldIsRefused() {
        assertThat(refused(tar().pax("path", "x".repeat(256)).file("y", "").end()))
                .contains("256 bytes, allowed are 255");
        assertThat(refused(tar().pax("path", "é".repeat(128)).file("y", "").end()))
                .contains("256 bytes, allowed are 255");
        assertThat(refused(tar().pax("path", ("x".repeat(200) + "/").repeat(21))
                        .file("y", "")
                        .end()))
                .contains("4221 bytes, allowed are 4096");
        assertThat(refused(tar().pax("path", ("x".repeat(200) + "/").repeat(20) + "x".repeat(70))
                        .file("y", "")
                        .end()))
                .contains("has too long a name");
        assertThat(refused(
                        tar().pax("path", "x/".repeat(128) + "x").file("y", "").end()))
                .contains("nested in more than 128");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "./", "/", "//"})
    void fileNeedsAName(String name) {
        assertThat(refused(tar().file("first", "").file(name, "").end())).startsWith("entry '");
    }

    @ParameterizedTest
    @CsvSource({
        "l, x",
        "l, d/x",
        "d/l, ../x",
        "d/e/l, ../../x/y",
        "l, .",
        "d/l, ..",
        "l, nowhere",
        "l, l",
        "l, ...",
        "l, ./x"
    })
    void linkWithinTheFolderIsMade(String name, String target) throws IOException {
        unpack(tar().link(name, target).end());

        assertThat(Files.readSymbolicLink(folder.resolve(name)))
                .hasToString(Path.of(target).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "l, /x",
        "l, //x",
        "l, ..",
        "l, ../x",
        "l, ./../x",
        "d/l, ../../x",
        "d/./l, ../../x",
        "l, d/../x",
        "l, d/..",
        "l, d/../../x",
        "d/l, ../e/../x"
    })
    void linkThatLeavesOrMayIsRefused(String name, String target) {
        assertThat(refused(tar().link(name, target).end())).contains("is a link to '" + target + "', which leaves");
        assertThat(refused(zip().link(name, target).end())).contains("is a link to '" + target + "', which leaves");
    }

    @Test
    void linkToNothingIsRefused() {
        assertThat(refused(tar().link("l", "").end())).contains("link to nothing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"l/x", "l/d/x", "l/", "l"})
    void nothingIsWrittenThroughALink(String name) {
        char type = name.endsWith("/") ? '5' : '0';
        byte[] archive = tar().folder("d")
                .link("l", "d")
                .entry(type, name, "", 0644, new byte[0])
                .end();

        assertThat(refused(archive)).startsWith("entry 'l");
    }

    @Test
    void nothingIsWrittenThroughALinkOfAZip() {
        assertThat(refused(zip().entry("d/", ZipForge.FOLDER, new byte[0])
                        .link("l", "d")
                        .file("l/x", "")
                        .end()))
                .contains("'l' is a folder, and something else before");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "l", "d", "../x", "../canary", "/etc/hostname", "l/f", "d/../f", ".", "h"})
    void hardLinkToAnythingButAnUnpackedFileIsRefused(String target) {
        byte[] archive = tar().file("f", "")
                .folder("d")
                .file("d/f", "")
                .link("l", "d")
                .hardLink("h", target)
                .end();

        assertThat(refused(archive)).startsWith("entry '");
    }

    @Test
    void hardLinkToALinkThatLeadsToAFileIsRefused() {
        assertThat(refused(tar().file("f", "").link("l", "f").hardLink("h", "l").end()))
                .isEqualTo("entry 'h' is a hard link to 'l', which is no file unpacked before it");
    }

    @ParameterizedTest
    @CsvSource({
        "3, is a device",
        "4, is a device",
        "6, is a FIFO",
        "S, is a sparse file",
        "D, is of type",
        "M, is of type",
        "V, is of type",
        "A, is of type",
        "8, is of type"
    })
    void whatIsNoFileFolderOrLinkIsRefused(char type, String why) {
        assertThat(refused(tar().file("f", "")
                        .entry(type, "e", "", 0644, new byte[0])
                        .end()))
                .contains(why);
    }

    @ParameterizedTest
    @ValueSource(ints = {0010644, 0020644, 0060644, 0140644})
    void whatIsNoFileFolderOrLinkIsRefusedInAZip(int mode) {
        assertThat(refused(zip().entry("e", mode, new byte[0]).end())).contains("'e' is of type");
    }

    @Test
    void sparseFilesOfPaxAreRefused() {
        assertThat(refused(tar().pax(
                                "GNU.sparse.major",
                                "0",
                                "GNU.sparse.minor",
                                "1",
                                "GNU.sparse.size",
                                "9",
                                "GNU.sparse.map",
                                "")
                        .file("f", "")
                        .end()))
                .contains("sparse");
        assertThat(refused(tar().pax("GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.realsize", "9")
                        .file("f", "0\n")
                        .end()))
                .isNotEmpty();
        assertThat(refused(tar().pax("SCHILY.filetype", "sparse", "SCHILY.realsize", "9")
                        .file("f", "")
                        .end()))
                .contains("sparse");
    }

    @ParameterizedTest
    @CsvSource({"a, a", "a, ./a", "a/b, a//b", "a/b, ./a/./b", "a, a/b", "a/b, a"})
    void fileIsNotUnpackedTwice(String first, String second) {
        assertThat(refused(tar().file(first, "1").file(second, "2").end())).startsWith("entry 'a");
        assertThat(refused(zip().file(first, "1").file(second, "2").end())).startsWith("entry 'a");
    }

    @Test
    void foldersAndFilesDoNotReplaceEachOther() {
        assertThat(refused(tar().file("a", "").folder("a").end()))
                .contains("'a' is a folder, and something else before");
        assertThat(refused(tar().folder("a").file("a", "").end())).contains("'a' is there twice");
        assertThat(refused(tar().folder("a").folder("./a").end())).contains("'a' is there twice");
        assertThat(refused(tar().folder(".").folder("./").end())).contains("'.' is there twice");
        assertThat(refused(tar().folder("a").link("a", "b").end())).contains("'a' is there twice");
        assertThat(refused(tar().file("f", "").folder("a").hardLink("a", "f").end()))
                .contains("'a' is there twice");
    }

    @Test
    void folderMayBeNamedAfterWhatIsInIt() throws IOException {
        unpack(tar().file("a/b", "").entry('5', "a", "", 0700, new byte[0]).end());

        assertThat(modeOf("a")).isEqualTo(0700);
    }

    @Test
    void entriesWithContentThatHaveNoneAreRefused() {
        byte[] content = {1};

        assertThat(refused(tar().entry('5', "d", "", 0755, content).end())).contains("has content");
        assertThat(refused(tar().entry('2', "l", "x", 0755, content).end())).contains("has content");
        assertThat(refused(
                        tar().file("f", "").entry('1', "h", "f", 0644, content).end()))
                .contains("has content");
        assertThat(refused(tar().file("f/", "").end())).contains("file with the name of a folder");
        assertThat(refused(zip().entry("d/", ZipForge.FOLDER, content).end())).contains("has content");
        assertThat(refused(zip().entry("d/", ZipForge.FILE, new byte[0]).end())).contains("is of type");
        assertThat(refused(zip().entry("d", ZipForge.FOLDER, new byte[0]).end()))
                .contains("is of type");
    }

    @Test
    void ownersThatCannotBeAreRefused() {
        assertThat(refused(tar().pax("uid", "4294967295").file("f", "").end())).contains("4294967295:0");
        assertThat(refused(tar().pax("gid", "-1").file("f", "").end())).contains("0:-1");
    }

    @Test
    void tooManyEntriesAreRefused() throws IOException {
        TarForge tar = tar();
        for (int i = 0; i < 100; i++) {
            tar.file("f" + i, "");
        }
        byte[] atTheLimit = tar.end();

        unpack(atTheLimit);
        Unpacker.remove(folder);
        assertThat(refused(tar().record(Arrays.copyOf(atTheLimit, atTheLimit.length - 1024))
                        .file("x", "")
                        .end()))
                .isEqualTo("entry 'x' is one too many, allowed are 100 entries");
    }

    @Test
    void foldersThatAreNotNamedCount() {
        assertThat(refused(tar().pax("path", "a/".repeat(60) + "f")
                        .file("f", "")
                        .pax("path", "b/".repeat(60) + "f")
                        .file("f", "")
                        .end()))
                .contains("allowed are 100 entries");
    }

    @Test
    void whatDoesNotFitIsNotBegun() {
        OtaException failure =
                failure(tar().header('0', "big", "", 0644, 1 << 20).end(), LIMITS);

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining("entry 'big' of 1048576 bytes does not fit");
    }

    @Test
    void smallFilesTakeWholeBlocks() {
        TarForge tar = tar();
        for (int i = 0; i < 20; i++) {
            tar.file("f" + i, "x");
        }

        assertThat(failure(tar.end(), new Unpacker.Limits(64 * 1024, 100, 1 << 20, 200))
                        .code())
                .isEqualTo(ErrorCode.CANNOT_WRITE);
    }

    @Test
    void moreThanTheRatioIsRefused() throws IOException {
        byte[] archive = gzip(tar().file("zeros", "\0".repeat(400_000)).end());

        assertThat(refused(archive)).contains("unpacks to more than").contains("too many for its size");
    }

    @Test
    void moreThanTheRatioIsRefusedInAZip() {
        assertThat(refused(zip().deflated("zeros", new byte[400_000]).end()))
                .contains("too many for the archive's size");
    }

    @Test
    void emptyRecordsWithoutEndAreABombToo() throws IOException {
        assertThat(refused(gzip(Arrays.copyOf(tar().file("f", "").end(), 500_000))))
                .contains("unpacks to more than");
    }

    @Test
    void longHeadersAreRefusedBeforeTheyFillTheMemory() {
        assertThat(refused(tar().longName("x".repeat(300_000)).file("f", "").end()))
                .contains("headers of more than");
        assertThat(refused(
                        tar().pax("comment", "x".repeat(300_000)).file("f", "").end()))
                .contains("headers of more than");
    }

    @Test
    void archiveIsRefusedWhereverItIsCut() throws IOException {
        byte[] archive = tar().folder("d")
                .file("d/f", "x".repeat(600))
                .pax("mtime", "1.5")
                .link("l", "d/f")
                .end();

        for (int size = 0; size <= archive.length - 1024; size += 128) {
            assertThat(refused(Arrays.copyOf(archive, size)))
                    .as("cut to " + size)
                    .isNotEmpty();
        }
        byte[] packed = gzip(archive);
        for (int size = 0; size < packed.length; size++) {
            assertThat(refused(Arrays.copyOf(packed, size)))
                    .as("gzip cut to " + size)
                    .isNotEmpty();
        }
        byte[] zipped = zip().file("f", "x").link("l", "f").end();
        for (int size = 0; size < zipped.length; size++) {
            assertThat(refused(Arrays.copyOf(zipped, size)))
                    .as("zip cut to " + size)
                    .isNotEmpty();
        }
    }

    @Test
    void archiveWithoutItsEndIsRefused() {
        assertThat(refused(tar().file("f", "x").withoutEnd())).isEqualTo("the archive ends early");
    }

    @Test
    void nothingMayStandBehindTheEnd() throws IOException {
        byte[] archive = tar().file("f", "x").end();

        assertThat(refused(tar().record(archive).file("hidden", "").end()))
                .isEqualTo("something stands behind the archive's end");
        assertThat(refused(tar().record(archive)
                        .record(new byte[20_000])
                        .file("hidden", "")
                        .end()))
                .isEqualTo("something stands behind the archive's end");
    }

    @Test
    void wrongChecksumOfAHeaderIsRefused() {
        byte[] archive =
                tar().file("first", "").pax("mtime", "5").file("f", "x").end();
        for (int record : new int[] {0, 1, 3}) {
            byte[] changed = archive.clone();
            changed[record * TarForge.RECORD + 300]++;

            assertThat(refused(changed)).contains("checksum is wrong");
        }
    }

    @Test
    void wrongSumOfGzipIsRefused() throws IOException {
        byte[] archive = gzip(tar().file("f", "x").end());
        archive[archive.length - 8]++;

        assertThat(refused(archive)).contains("damaged");
    }

    @ParameterizedTest
    @MethodSource("nothings")
    void archiveThatHoldsNothingIsRefused(byte[] archive) {
        assertThat(refused(archive)).isNotEmpty();
    }

    static Stream<byte[]> nothings() throws IOException {
        return Stream.of(
                new byte[0],
                new byte[1024],
                tar().folder("./").end(),
                zip().end(),
                gzip(new byte[0]),
                gzip(new byte[10240]),
                "no archive at all".getBytes(StandardCharsets.UTF_8),
                "x".repeat(5000).getBytes(StandardCharsets.UTF_8),
                new byte[] {0x1f, (byte) 0x8b, 8},
                new byte[] {'P', 'K', 3, 4},
                new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0},
                new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd});
    }

    @Test
    void zipIsUnpackedWithItsModes() throws IOException {
        unpack(zip().entry("d/", 0040750, new byte[0])
                .entry("d/f", 0100711, "stored".getBytes(StandardCharsets.UTF_8))
                .deflated("g", "deflated".getBytes(StandardCharsets.UTF_8))
                .link("d/l", "../g")
                .entry("plain", 0, new byte[0])
                .end());

        assertThat(folder.resolve("d/f")).hasContent("stored");
        assertThat(folder.resolve("g")).hasContent("deflated");
        assertThat(folder.resolve("d/l")).hasContent("deflated");
        assertThat(modeOf("d")).isEqualTo(0750);
        assertThat(modeOf("d/f")).isEqualTo(0711);
        assertThat(modeOf("plain")).isEqualTo(0644);
    }

    @Test
    void encryptedZipIsRefused() {
        ZipForge zip = zip();
        ZipForge.Entry entry = zip.stored("f", ZipForge.FILE, new byte[] {1}).flagged(1);

        assertThat(refused(zip.local(entry, new byte[] {1}).central(entry).end()))
                .isEqualTo("entry 'f' is encrypted");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 9, 12, 14, 93, 95, 99})
    void zipPackedInAnotherWayIsRefused(int method) {
        ZipForge zip = zip();
        ZipForge.Entry entry = zip.stored("f", ZipForge.FILE, new byte[] {1}).packedBy(method);

        assertThat(refused(zip.local(entry, new byte[] {1}).central(entry).end()))
                .contains("packed by method " + method);
    }

    @Test
    void zipWhoseHeadersDifferIsRefused() {
        byte[] content = {1, 2, 3};
        ZipForge.Entry entry = zip().stored("f", ZipForge.FILE, content);

        for (ZipForge.Entry other : new ZipForge.Entry[] {
            entry.named("g"),
            entry.named("ff"),
            entry.flagged(0x800),
            entry.packedBy(8),
            entry.sized(2),
            entry.summed(1)
        }) {
            assertThat(refused(zip().local(other, content).central(entry).end()))
                    .as(other.toString())
                    .isEqualTo("entry 'f' is another one in the archive's directory");
        }
    }

    @Test
    void zipWhoseEntriesOverlapIsRefused() {
        byte[] inner = zip().file("b", "x").end();
        int length = 30 + 1 + 1;
        ZipForge zip = zip();
        ZipForge.Entry outer = zip.stored("a", ZipForge.FILE, Arrays.copyOf(inner, length));
        ZipForge.Entry quoted = new ZipForge.Entry("b", 0, 0, crcOfX(), 1, 1, ZipForge.FILE, 31);

        assertThat(refused(zip.local(outer, Arrays.copyOf(inner, length))
                        .central(outer)
                        .central(quoted)
                        .end()))
                .isEqualTo("entry 'b' overlaps with the entry before it");
        assertThat(refused(zip().local(outer, inner)
                        .central(outer)
                        .central(outer.named("a"))
                        .end()))
                .contains("'a' overlaps");
    }

    @Test
    void zipWithAWrongSumOrSizeIsRefused() {
        ZipForge zip = zip();
        byte[] content = {1, 2, 3};
        ZipForge.Entry entry = zip.stored("f", ZipForge.FILE, content);

        assertThat(refused(zip().local(entry.summed(5), content)
                        .central(entry.summed(5))
                        .end()))
                .contains("wrong checksum");
        assertThat(refused(zip().local(entry.sized(2), content)
                        .central(entry.sized(2))
                        .end()))
                .contains("more than the 2 bytes");
        assertThat(refused(zip().local(entry.sized(4), content)
                        .central(entry.sized(4))
                        .end()))
                .contains("ends 1 bytes early");
    }

    @Test
    void zipWithALargeDirectoryIsRefusedBeforeItFillsTheMemory() {
        ZipForge zip = zip();
        for (int i = 0; i < 12_000; i++) {
            zip.file("a-name-of-some-length-for-a-directory-" + i, "");
        }

        assertThat(refused(zip.end())).contains("directory is larger than 1048576 bytes; pack a tar archive");
    }

    @Test
    void folderThatIsThereIsLeftAsItIs() throws IOException {
        Files.createDirectory(folder);
        Files.writeString(folder.resolve("old"), "old");

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> unpack(tar().file("f", "").end()));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(folder.resolve("old")).hasContent("old");
    }

    @Test
    void archiveThatIsNotThereIsNoFaultOfTheArchive() {
        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> Unpacker.of(LIMITS).unpack(board.resolve("nowhere"), folder));

        assertThat(failure.code()).isEqualTo(ErrorCode.IO_ERROR);
        assertThat(folder).doesNotExist();
    }

    @Test
    void fullDiskIsNoFaultOfTheArchiveAndIsEmptyAfterwards() throws IOException, InterruptedException {
        Path root = Files.createDirectory(board.resolve("disk"));
        Optional<SmallDisk> disk = SmallDisk.create(root, 1);
        assumeTrue(disk.isPresent());

        try (SmallDisk small = disk.get()) {
            folder = small.root().resolve(".tmp-fw-2");
            OtaException failure = failure(
                    tar().file("f", "x").file("big", "x".repeat(1 << 20)).end(), Unpacker.Limits.within(1 << 30));

            assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
            assertThat(small.root()).isEmptyDirectory();
        }
    }

    /** A board that is shut down does not wait for the rest of an archive. */
    @Test
    void signalEndsTheWorkAndLeavesNothing() throws IOException {
        Path archive = Files.write(
                board.resolve("long.tar"),
                tar().file("a", "1").file("b", "2").file("c", "3").end());
        AtomicInteger entries = new AtomicInteger();
        Unpacker unpacker = new Unpacker(Unpacker.Limits.within(1 << 30), Unpacker.LinkTargets.INSIDE, () -> {
            if (entries.incrementAndGet() == 3) {
                throw new OtaException(ErrorCode.TERMINATED, "told to end");
            }
        });

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> unpacker.unpack(archive, releases.resolve("long")));

        assertThat(failure.code()).isEqualTo(ErrorCode.TERMINATED);
        assertThat(releases.resolve("long")).doesNotExist();
    }

    @Test
    void removingFollowsNoLink() throws IOException {
        Files.createDirectory(folder);
        Files.createSymbolicLink(folder.resolve("l"), releases.resolve("canary"));
        Files.createSymbolicLink(folder.resolve("d"), board);

        Unpacker.remove(folder);
        Unpacker.remove(folder);

        assertThat(folder).doesNotExist();
    }

    private void unpack(byte[] archive) throws IOException {
        Unpacker.of(LIMITS).unpack(Files.write(board.resolve("package"), archive), folder);
    }

    private String refused(byte[] archive) {
        OtaException failure = failure(archive, LIMITS);
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        return failure.getMessage();
    }

    private OtaException failure(byte[] archive, Unpacker.Limits limits) {
        OtaException failure = catchThrowableOfType(
                OtaException.class,
                () -> Unpacker.of(limits).unpack(Files.write(board.resolve("package"), archive), folder));
        assertThat(failure).isNotNull();
        assertThat(folder).doesNotExist();
        return failure;
    }

    private int modeOf(String name) throws IOException {
        return (int) Files.getAttribute(folder.resolve(name), "unix:mode") & 07777;
    }

    private boolean isRoot() throws IOException {
        return Files.getAttribute(board, "unix:uid").equals(0);
    }

    private static long crcOfX() {
        CRC32 crc = new CRC32();
        crc.update('x');
        return crc.getValue();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        }
        return packed.toByteArray();
    }
}
