package dev.otapair.server.tree;

import static dev.otapair.protocol.testing.TarForge.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import dev.otapair.protocol.testing.TarForge;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.store.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TreeSourceTest {
    private static final long SEED = Long.getLong("tree.seed", System.nanoTime());
    private static final ExtendedAttributes NONE_TO_ASK = new ExtendedAttributes(List.of("true"), List.of("true"));

    @TempDir
    private Path temporary;

    private Path folder;
    private ObjectStore objects;
    private TreeSource source;

    @BeforeEach
    void open() throws IOException {
        folder = temporary.resolve("tree");
        objects = new ObjectStore(Files.createDirectory(temporary.resolve("packages")), new DurableFiles());
        source = new TreeSource(objects, NONE_TO_ASK, Progress.NONE);
    }

    @AfterEach
    void remove() {
        RandomTree.remove(folder);
    }

    /** What find(1) and sha256sum(1) see of it is what the manifest says, and its contents are here. */
    @Test
    void randomFolderIsReadAsItStands() throws Exception {
        assumeTrue(isRoot(), "this needs root");
        Random seeds = new Random(SEED);
        for (int round = 0; round < 12; round++) {
            long seed = seeds.nextLong();
            new RandomTree(seed, 60).make(folder);

            Manifest manifest = source.folder(folder, true);

            String when = "seed " + SEED + ", round " + round;
            assertThat(lines(manifest)).as(when).containsExactlyInAnyOrderElementsOf(found());
            manifest.objects().forEach(objects::verify);
            assertThat(objects.read(manifest.sha256(), Manifest.MAX_BYTES))
                    .as(when)
                    .isEqualTo(manifest.toBytes());
            assertThat(source.folder(folder, false).entries())
                    .as(when)
                    .allMatch(entry -> entry.owner() == 0 && entry.group() == 0);
            RandomTree.remove(folder);
        }
    }

    /** The archive that is made of a tree holds just that tree: unpacked by tar, and read again. */
    @Test
    void archiveOfARandomTreeIsThatTree() throws Exception {
        assumeTrue(isRoot(), "this needs root");
        Random seeds = new Random(SEED);
        for (int round = 0; round < 8; round++) {
            new RandomTree(seeds.nextLong(), 60).make(folder);
            String when = "seed " + SEED + ", round " + round;
            Manifest manifest = source.folder(folder, true);
            Path archive = Files.write(temporary.resolve("tree.tar.gz"), archiveOf(manifest));
            RandomTree.remove(folder);

            Files.createDirectory(folder);
            run(
                    "tar",
                    "-xpf",
                    archive.toString(),
                    "--numeric-owner",
                    "--delay-directory-restore",
                    "-C",
                    folder.toString());

            assertThat(lines(source.folder(folder, true))).as(when).isEqualTo(lines(manifest));
            assertThat(source.archive(archive)).as(when).isEqualTo(manifest);
            assertThat(archiveOf(manifest)).as(when).isEqualTo(Files.readAllBytes(archive));
            RandomTree.remove(folder);
        }
    }

    @Test
    void archiveHoldsLongNamesAndLargeNumbers() throws Exception {
        String name = "d".repeat(255) + "/" + "ü".repeat(127);
        ManifestEntry.File file = (ManifestEntry.File)
                source.archive(write("one.tar", tar().file("f", "abc").end()))
                        .entries()
                        .get(0);
        Manifest manifest = new Manifest(List.of(
                new ManifestEntry.Folder("d".repeat(255), 01777, 4_294_967_294L, 2_097_152, -1),
                new ManifestEntry.File(name, 04755, 0, 2_097_151, -99_999_999_999L, file.content(), file.md5()),
                new ManifestEntry.Link("l", 1, 2, 99_999_999_999L, "t".repeat(4095))));

        Manifest read = source.archive(Files.write(temporary.resolve("tree.tar.gz"), archiveOf(manifest)));

        assertThat(read).isEqualTo(manifest);
    }

    /** Whatever is packed by whom: the same tree. */
    @ParameterizedTest
    @CsvSource({
        "tar -cf, ''",
        "tar --format=posix -cf, ''",
        "tar --format=v7 -cf, ''",
        "tar -czf, ''",
        "tar --zstd -cf, ''",
        "tar -cJf, ''",
        "zip -qry, .zip"
    })
    void archivesOfAllKindsAreRead(String command, String ending) throws Exception {
        Files.createDirectories(folder.resolve("d/empty"));
        Files.writeString(folder.resolve("d/file"), "content");
        Files.writeString(folder.resolve("d/script"), "#!/bin/sh");
        Files.writeString(folder.resolve("nothing"), "");
        Files.setPosixFilePermissions(folder.resolve("d/script"), PosixFilePermissions.fromString("rwxr-x--x"));
        Files.createSymbolicLink(folder.resolve("link"), Path.of("d/file"));
        touchAll();
        Manifest expected = source.folder(folder, true);
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        Path archive = temporary.resolve("archive" + ending);
        words.addAll(List.of(archive.toString(), "."));

        run(words.toArray(String[]::new));

        assertThat(lines(source.archive(archive))).isEqualTo(lines(expected));
    }

    @Test
    void hardLinksBecomeFiles() throws Exception {
        Files.createDirectory(folder);
        Files.writeString(folder.resolve("b"), "abc");
        Files.createLink(folder.resolve("a"), folder.resolve("b"));
        run("tar", "-cf", temporary.resolve("archive").toString(), "b", "a");

        for (Manifest manifest : List.of(source.folder(folder, true), source.archive(temporary.resolve("archive")))) {
            assertThat(manifest.entries()).hasSize(2).allMatch(ManifestEntry.File.class::isInstance);
            assertThat(manifest.objects()).hasSize(1);
        }
    }

    @Test
    void foldersThatAnArchiveDoesNotNameAreMade() throws IOException {
        Manifest manifest = source.archive(
                write("archive", tar().file("a/b/c", "abc").folder("a").end()));

        assertThat(lines(manifest))
                .containsExactly(
                        "d 0755 0 0 1700000000 a",
                        "d 0755 0 0 1700000000 a/b",
                        "f 0644 0 0 1700000000 3"
                                + " ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad a/b/c");
    }

    @Test
    void whatAReleaseCannotHaveIsRefusedWithItsPath() throws Exception {
        assumeTrue(isRoot(), "this needs root");
        for (String kind : List.of("FIFO", "device", "socket", "not UTF-8", "nested")) {
            Files.createDirectories(folder.resolve("d"));
            Path strange = folder.resolve("d/strange");
            switch (kind) {
                case "FIFO" -> run("mkfifo", strange.toString());
                case "device" -> run("mknod", strange.toString(), "c", "1", "3");
                case "socket" -> {
                    Path shorter = Files.createTempDirectory("s").resolve("s");
                    try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                        channel.bind(UnixDomainSocketAddress.of(shorter));
                    }
                    Files.move(shorter, strange);
                    Files.delete(shorter.getParent());
                }
                case "nested" -> Files.createDirectories(folder.resolve("d/strange" + "/n".repeat(128)));
                default -> run("sh", "-c", "touch \"$(printf 'd/strange\\377')\"");
            }

            OtaException refused = catchThrowableOfType(OtaException.class, () -> source.folder(folder, false));

            assertThat(refused)
                    .as(kind)
                    .isNotNull()
                    .hasMessageContaining("d/strange")
                    .hasMessageContaining(kind);
            assertThat(refused.code()).as(kind).isEqualTo(ErrorCode.PACKAGE_REJECTED);
            RandomTree.remove(folder);
        }
        assertThat(objectFiles()).isEmpty();
    }

    @Test
    void linkToWhatIsNotUtf8IsRefused() throws Exception {
        Files.createDirectory(folder);
        run("sh", "-c", "ln -s \"$(printf '\\377')\" link");

        OtaException refused = catchThrowableOfType(OtaException.class, () -> source.folder(folder, false));

        assertThat(refused).hasMessageContaining("link has a name or target that is not UTF-8");
    }

    @Test
    void emptyFolderIsNoRelease() throws IOException {
        Files.createDirectory(folder);

        assertThat(catchThrowableOfType(OtaException.class, () -> source.folder(folder, false)))
                .hasMessageContaining("holds nothing");
    }

    /** Each of them while the first file is read, of what comes later and of what has been looked at. */
    @ParameterizedTest
    @CsvSource({"grow", "shrink", "rewrite", "remove", "add", "chmod", "swap"})
    void folderThatChangesMeanwhileIsRefused(String change) throws IOException {
        Files.createDirectories(folder.resolve("d"));
        Files.write(folder.resolve("a"), new byte[100_000]);
        Path file = Files.write(folder.resolve("d/file"), new byte[100_000]);
        touchAll();
        List<String> left = new ArrayList<>(List.of(change));
        TreeSource watched = new TreeSource(objects, NONE_TO_ASK, (work, done, total) -> {
            if (!left.isEmpty()) {
                meddle(left.remove(0), file);
            }
        });

        OtaException refused = catchThrowableOfType(OtaException.class, () -> watched.folder(folder, false));

        assertThat(refused).isNotNull();
        assertThat(refused.code()).isEqualTo(ErrorCode.IO_ERROR);
        assertThat(refused).hasMessageContaining(folder.resolve("d").toString());
        assertThat(objectFiles()).isEmpty();
    }

    private static void meddle(String change, Path file) {
        try {
            switch (change) {
                case "grow" -> Files.write(file, new byte[100_001]);
                case "shrink" -> Files.write(file, new byte[50_000]);
                case "rewrite" -> Files.write(file, new byte[100_000]);
                case "remove" -> Files.delete(file);
                case "add" -> Files.writeString(file.resolveSibling("new"), "");
                case "chmod" -> Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
                default -> {
                    Files.move(file, file.resolveSibling("other"));
                    Files.write(file, new byte[100_000]);
                    Files.delete(file.resolveSibling("other"));
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<Arguments> hostileArchives() {
        return Stream.of(
                Arguments.of("has an absolute name", tar().file("/etc/passwd", "x")),
                Arguments.of("leaves the folder", tar().file("a/../../b", "x")),
                Arguments.of("is a device", tar().entry('3', "null", "", 0666, new byte[0])),
                Arguments.of("is a FIFO", tar().entry('6', "fifo", "", 0666, new byte[0])),
                Arguments.of("is there twice", tar().file("a", "x").file("./a", "y")),
                Arguments.of("is there twice", tar().folder("a").folder("a/")),
                Arguments.of("is there twice", tar().file("a/b", "x").file("a", "y")),
                Arguments.of("is there twice", tar().link("a", "b").folder("a")),
                Arguments.of(
                        "lies in 'a', which is no folder",
                        tar().link("a", "/tmp").file("a/b", "x")),
                Arguments.of(
                        "lies in 'a', which is no folder", tar().file("a", "x").file("a/b/c", "x")),
                Arguments.of(
                        "is a hard link to 'b', which is no file",
                        tar().hardLink("a", "b").file("b", "x")),
                Arguments.of(
                        "is a hard link to 'l', which is no file",
                        tar().link("l", "b").hardLink("a", "l")),
                Arguments.of("holds nothing", tar()),
                Arguments.of("holds nothing", tar().folder("./")),
                Arguments.of(
                        "'SCHILY.xattr.security.capability', which no manifest holds",
                        tar().pax("SCHILY.xattr.security.capability", "x").file("ping", "x")),
                Arguments.of(
                        "'SCHILY.acl.access', which no manifest holds",
                        tar().pax("SCHILY.acl.access", "user::rwx").folder("d")),
                Arguments.of(
                        "'LIBARCHIVE.xattr.user.x', which no manifest holds",
                        tar().pax("LIBARCHIVE.xattr.user.x", "eA==").link("l", "x")));
    }

    @ParameterizedTest
    @MethodSource("hostileArchives")
    void hostileArchiveIsRefused(String reason, TarForge archive) throws IOException {
        Path file = write("archive", archive.end());

        OtaException refused = catchThrowableOfType(OtaException.class, () -> source.archive(file));

        assertThat(refused).isNotNull().hasMessageContaining(reason);
        assertThat(refused.code()).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        assertThat(objectFiles()).isEmpty();
    }

    @Test
    void labelOfTheSystemIsLeftOut() throws IOException {
        Manifest manifest = source.archive(write(
                "archive",
                tar().pax("SCHILY.xattr.security.selinux", "system_u", "RHT.security.selinux", "system_u")
                        .file("a", "x")
                        .end()));

        assertThat(manifest.entries()).hasSize(1);
    }

    @Test
    void whatIsNoArchiveOrDamagedIsRefused() throws Exception {
        Files.createDirectory(folder);
        byte[] noise = new byte[200_000];
        new Random(1).nextBytes(noise);
        Files.write(folder.resolve("noise"), noise);
        for (String options : List.of("-czf", "-cJf", "--zstd -cf", "-cf")) {
            Path archive = temporary.resolve("archive");
            List<String> words = new ArrayList<>(List.of("tar"));
            words.addAll(List.of(options.split(" ")));
            words.addAll(List.of(archive.toString(), "noise"));
            run(words.toArray(String[]::new));
            byte[] whole = Files.readAllBytes(archive);
            Files.write(archive, Arrays.copyOf(whole, whole.length / 2));

            assertThat(catchThrowableOfType(OtaException.class, () -> source.archive(archive))
                            .code())
                    .as(options)
                    .isEqualTo(ErrorCode.PACKAGE_REJECTED);
        }
        assertThat(catchThrowableOfType(OtaException.class, () -> source.archive(folder.resolve("noise")))
                        .code())
                .isEqualTo(ErrorCode.PACKAGE_REJECTED);
        assertThat(objectFiles()).isEmpty();
    }

    @Test
    void linksThatLeadOutAreToldOnce() throws IOException {
        Files.createDirectory(folder);
        Files.createSymbolicLink(folder.resolve("inside"), Path.of("file"));
        Files.createSymbolicLink(folder.resolve("one"), Path.of("/etc/one"));
        Files.createSymbolicLink(folder.resolve("two"), Path.of("../two"));

        try (CapturedLog log = new CapturedLog()) {
            source.folder(folder, false);

            assertThat(log.lines().stream().filter(line -> line.contains("out of the tree")))
                    .singleElement()
                    .asString()
                    .contains("'one' leads to '/etc/one'");
        }
    }

    @Test
    void progressGoesFromNothingToAll() throws IOException {
        Files.createDirectory(folder);
        Files.write(folder.resolve("a"), new byte[700_000]);
        Files.write(folder.resolve("b"), new byte[1]);
        List<Long> reported = new ArrayList<>();
        TreeSource watched = new TreeSource(objects, NONE_TO_ASK, (work, done, total) -> {
            assertThat(work).isEqualTo("reading");
            assertThat(total).isEqualTo(700_001);
            reported.add(done);
        });

        watched.folder(folder, false);

        assertThat(reported).isSorted().endsWith(700_001L);
    }

    private byte[] archiveOf(Manifest manifest) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TreeArchive(objects, Progress.NONE).write(manifest, out);
        return out.toByteArray();
    }

    /** A manifest as {@link #found} writes it. */
    private static List<String> lines(Manifest manifest) {
        return manifest.entries().stream().map(TreeSourceTest::line).toList();
    }

    private static String line(ManifestEntry entry) {
        String common = "%d %d %d".formatted(entry.owner(), entry.group(), entry.modified());
        if (entry instanceof ManifestEntry.File file) {
            return "f %04o %s %d %s %s"
                    .formatted(
                            file.mode(),
                            common,
                            file.content().size(),
                            file.content().sha256().hex(),
                            file.path());
        }
        if (entry instanceof ManifestEntry.Folder made) {
            return "d %04o %s %s".formatted(made.mode(), common, made.path());
        }
        return "l %s %s -> %s".formatted(common, entry.path(), ((ManifestEntry.Link) entry).target());
    }

    /** What other programs see in the folder. */
    private List<String> found() throws Exception {
        List<String> lines = new ArrayList<>();
        String[] fields = output("find", ".", "-mindepth", "1", "-printf", "%y\\0%m\\0%U %G\\0%T@\\0%P\\0%l\\0")
                .split("\0", -1);
        for (int at = 0; at + 6 <= fields.length - 1; at += 6) {
            String mode = "%4s".formatted(fields[at + 1]).replace(' ', '0');
            String common = fields[at + 2] + " " + (long) Math.floor(Double.parseDouble(fields[at + 3]));
            String path = fields[at + 4];
            lines.add(
                    switch (fields[at]) {
                        case "d" -> "d %s %s %s".formatted(mode, common, path);
                        case "l" -> "l %s %s -> %s".formatted(common, path, fields[at + 5]);
                        default ->
                            "f %s %s %d %s %s"
                                    .formatted(
                                            mode,
                                            common,
                                            Files.size(folder.resolve(path)),
                                            output("sha256sum", "-z", "./" + path)
                                                    .substring(0, 64),
                                            path);
                    });
        }
        return lines;
    }

    private void touchAll() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.toList()) {
                if (!Files.isSymbolicLink(each)) {
                    Files.setLastModifiedTime(each, FileTime.from(1_700_000_000, TimeUnit.SECONDS));
                }
            }
        }
    }

    private Path write(String name, byte[] content) throws IOException {
        return Files.write(temporary.resolve(name), content);
    }

    private List<Path> objectFiles() throws IOException {
        Path place = temporary.resolve("packages/.objects");
        if (!Files.exists(place)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(place)) {
            return all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        }
    }

    private void run(String... words) throws Exception {
        output(words);
    }

    private String output(String... words) throws Exception {
        Process program = new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).as(String.join(" ", words)).isZero();
        return said;
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }
}
