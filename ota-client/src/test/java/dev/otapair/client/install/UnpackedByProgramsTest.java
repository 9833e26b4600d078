package dev.otapair.client.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.TarForge;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.io.IOUtils;
import org.apache.commons.lang3.ArrayUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of the real programs, unpacked as those unpack them; skipped where a program is missing. */
class UnpackedByProgramsTest {
    private static final int TREES = 6;
    private static final long BOMB_BYTES = 300L << 20;

    @TempDir
    private Path board;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tar --format=gnu -cf package -C tree .",
                "tar --format=pax -cf package -C tree .",
                "tar --format=oldgnu -czf package -C tree .",
                "tar --format=pax -cf - -C tree . | xz -1 >package",
                "tar --format=gnu -cf - -C tree . | zstd -q >package",
                "tar --format=gnu -cf - -C tree . | gzip -1 >package"
            })
    void randomTreeIsUnpackedAsTarDoesIt(String command) throws IOException, InterruptedException {
        assumePrograms("tar", "xz", "zstd", "gzip");
        long seed = System.nanoTime();
        for (int i = 0; i < TREES; i++) {
            makeTree(new Random(seed + i), "back\\slash'quote\"");
            sh(command);
            sh("rm -rf expected; mkdir expected; tar -xpf package -C expected");

            Unpacker.remove(board.resolve("actual"));
            unpack(Unpacker.Limits.within(1L << 30));

            assertThat(snapshot("actual")).as("seed %d", seed + i).isEqualTo(snapshot("expected"));
            assertThat(snapshot("actual")).as("seed %d", seed + i).isEqualTo(snapshot("tree"));
        }
    }

    @Test
    void treeIsUnpackedAsZipPackedIt() throws IOException, InterruptedException {
        assumePrograms("zip");
        long seed = System.nanoTime();
        makeTree(new Random(seed), "it's \"");
        // A zip knows neither hard links nor the folder itself.
        sh("chown -Rh 1234:5678 tree; cd tree && zip -qry ../package.zip . && mv ../package.zip ../package");

        unpack(Unpacker.Limits.within(1L << 30));

        assertThat(asInZip("actual")).as("seed %d", seed).isEqualTo(asInZip("tree"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cat", "gzip", "xz -6", "zstd -19"})
    void memoryDoesNotGrowWithTheArchive(String packer) throws IOException, InterruptedException {
        assumePrograms("tar", "xz", "zstd", "gzip");
        sh("mkdir tree; head -c %d /dev/urandom >part; for i in 1 2 3 4 5 6 7 8 9 10; do cat part; done >tree/big"
                .formatted(packer.equals("cat") ? 30_000_000 : 5_000_000));
        // Fast, with the memory of the slow: windows of 8 MiB.
        String fast = packer.startsWith("zstd")
                ? "zstd -q -1 --zstd=wlog=23"
                : packer.replace("xz -6", "xz -0 --lzma2=preset=0,dict=8MiB");
        sh("tar -cf - -C tree . | " + fast + " >package");

        assertThat(unpackElsewhere(List.of(), "-Xmx32m")).isEqualTo("unpacked\n");
        sh("cmp tree/big actual/big");
    }

    @Test
    void foldersUpToTheLimitFitIntoTheMemory() throws IOException, InterruptedException {
        TarForge tar = TarForge.tar();
        for (int i = 0; i < 100_000; i++) {
            tar.folder("a-name-of-some-length-" + i);
        }
        Files.write(board.resolve("package"), tar.end());

        assertThat(unpackElsewhere(List.of(), "-Xmx32m")).contains("is one folder too many");
    }

    @Test
    void zipUpToTheLimitFitsIntoTheMemory() throws IOException, InterruptedException {
        ZipForge zip = ZipForge.zip();
        for (int i = 0; i < 20_000; i++) {
            zip.file("f" + i, "");
        }
        Files.write(board.resolve("package"), zip.end());

        assertThat(unpackElsewhere(List.of(), "-Xmx32m")).isEqualTo("unpacked\n");
    }

    @Test
    void everyFileAndFolderIsBroughtToTheDisk() throws IOException, InterruptedException {
        assumePrograms("tar", "strace");
        makeTree(new Random(1), "odd");
        sh("tar -cf package -C tree .");
        Path calls = board.resolve("calls");
        assumeTrue(
                new ProcessBuilder("strace", "-o", "/dev/null", "true").start().waitFor() == 0, "strace may not trace");

        unpackElsewhere(List.of("strace", "-f", "-xx", "-y", "-e", "trace=fsync", "-o", calls.toString()), "-Xmx32m");

        long synced = Files.readAllLines(calls).stream()
                .filter(call -> call.contains("fsync(") && call.endsWith("= 0"))
                .map(call -> call.substring(call.indexOf('<'), call.indexOf('>')))
                .distinct()
                .count();
        assertThat(synced)
                .isEqualTo(snapshot("actual").values().stream()
                        .filter(said -> !said.startsWith("l"))
                        .count());
    }

    @Test
    void nobodyGetsNeitherOwnersNorSetId() throws IOException, InterruptedException {
        assumePrograms("setpriv");
        assumeTrue(Files.getAttribute(board, "unix:uid").equals(0));
        Files.write(
                board.resolve("package"),
                TarForge.tar()
                        .entry('0', "su", "", 06755, new byte[] {1})
                        .entry('0', "secret", "", 0000, new byte[] {1})
                        .entry('5', "closed", "", 0500, new byte[0])
                        .entry('0', "closed/f", "", 0400, new byte[] {1})
                        .end());
        sh("chmod 777 .");

        assertThat(unpackElsewhere(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"), "-Xmx32m"))
                .isEqualTo("unpacked\n");
        assertThat(snapshot("actual").toString())
                .contains("su=f 755 65534", "secret=f 0 65534", "closed=d 500 65534", "closed/f=f 400 65534");
    }

    @ParameterizedTest
    @CsvSource({"xz -9, xz -6", "xz -7, xz -6", "zstd -q --ultra -22, zstd -19", "zstd -q --long=27, zstd -19"})
    void dictionaryThatDoesNotFitIsRefusedWithAHint(String packer, String hint)
            throws IOException, InterruptedException {
        assumePrograms("tar", "xz", "zstd");
        sh("mkdir tree; head -c 100000 /dev/urandom >tree/f; tar -cf - -C tree . | " + packer + " >package");

        OtaException failure = catchThrowableOfType(OtaException.class, () -> unpack(Unpacker.Limits.within(1L << 30)));

        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        assertThat(failure).hasMessageContaining("pack it by " + hint + " or less");
        assertThat(board.resolve("actual")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "xz -6", "zstd -q"})
    void bombEndsEarly(String packer) throws IOException, InterruptedException {
        assumePrograms("tar", "xz", "zstd", "gzip");
        sh("mkdir tree; truncate -s %d tree/zeros; tar -cf - -C tree . | %s >package".formatted(BOMB_BYTES, packer));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> unpack(small()));

        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        assertThat(failure).hasMessageContaining("too many for its size");
        assertThat(board.resolve("actual")).doesNotExist();
    }

    @Test
    void bombInAZipIsNotBegun() throws IOException, InterruptedException {
        assumePrograms("zip");
        sh("mkdir tree; truncate -s %d tree/zeros; cd tree; zip -q ../package.zip zeros; mv ../package.zip ../package"
                .formatted(BOMB_BYTES));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> unpack(small()));

        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        assertThat(failure).hasMessageContaining("too many for the archive's size");
    }

    @Test
    void sparseFilesOfTarAreRefused() throws IOException, InterruptedException {
        assumePrograms("tar");
        for (String format :
                List.of("gnu", "pax --sparse-version=0.0", "pax --sparse-version=0.1", "pax --sparse-version=1.0")) {
            sh("rm -rf tree; mkdir tree; truncate -s 1000000 tree/f; printf x >>tree/f");
            sh("tar --sparse --format=" + format + " -cf package -C tree .");

            OtaException failure =
                    catchThrowableOfType(OtaException.class, () -> unpack(Unpacker.Limits.within(1L << 30)));

            assertThat(failure).as(format).isNotNull();
            assertThat(failure.code()).as(format).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        }
    }

    @Test
    void encryptedZipOfZipIsRefused() throws IOException, InterruptedException {
        assumePrograms("zip");
        sh("echo x >f; zip -q -P secret package.zip f; mv package.zip package");

        OtaException failure = catchThrowableOfType(OtaException.class, () -> unpack(small()));

        assertThat(failure).hasMessage("entry 'f' is encrypted");
    }

    /** What a bomb may cost: 4 MiB, and 200 times its size. */
    private static Unpacker.Limits small() {
        return new Unpacker.Limits(1L << 30, 1000, 4 << 20, 200);
    }

    private void unpack(Unpacker.Limits limits) {
        Unpacker.of(limits).unpack(board.resolve("package"), board.resolve("actual"));
    }

    /** Another user may not be allowed to read where the classes are. */
    private String unpackElsewhere(List<String> before, String memory) throws IOException, InterruptedException {
        Path classes = Files.createDirectories(board.resolve("classes"));
        List<String> path = new ArrayList<>();
        for (Class<?> one : List.of(
                Unpacker.class,
                UnpackProgram.class,
                OtaException.class,
                TarArchiveInputStream.class,
                IOUtils.class,
                ArrayUtils.class,
                org.tukaani.xz.XZInputStream.class)) {
            Path from = Path.of(
                    one.getProtectionDomain().getCodeSource().getLocation().getPath());
            Path to = classes.resolve(path.size() + "-" + from.getFileName());
            sh("cp -r '%s' '%s'; chmod -R a+rX '%s'".formatted(from, to, to));
            path.add(to.toString());
        }
        List<String> words = new ArrayList<>(before);
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xss512k",
                memory));
        words.addAll(List.of(
                "-cp",
                String.join(":", path),
                UnpackProgram.class.getName(),
                board.resolve("package").toString(),
                board.resolve("actual").toString()));
        Path said = board.resolve("said");
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        return Files.readString(said);
    }

    private void makeTree(Random random, String oddName) throws IOException, InterruptedException {
        sh("rm -rf tree; mkdir tree");
        Path tree = board.resolve("tree");
        List<Path> folders = new ArrayList<>(List.of(tree));
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Path in = folders.get(random.nextInt(folders.size()));
            Path path = in.resolve(name(random, oddName, i));
            switch (random.nextInt(6)) {
                case 0 -> folders.add(Files.createDirectory(path));
                case 1 ->
                    Files.createSymbolicLink(
                            path,
                            in.relativize(folders.get(random.nextInt(folders.size())))
                                    .resolve("x" + i));
                case 2 -> {
                    if (!files.isEmpty()) {
                        Files.createLink(path, files.get(random.nextInt(files.size())));
                    }
                }
                default -> {
                    byte[] content = new byte[random.nextBoolean() ? random.nextInt(600) : random.nextInt(200_000)];
                    random.nextBytes(content);
                    files.add(Files.write(path, content));
                }
            }
        }
        List<Path> all = new ArrayList<>(files);
        all.addAll(folders);
        all.sort(null);
        for (int i = all.size() - 1; i >= 0; i--) {
            Files.setAttribute(
                    all.get(i), "unix:mode", random.nextInt(010000) | (folders.contains(all.get(i)) ? 0700 : 0400));
            Instant time = Instant.ofEpochSecond(random.nextInt(2_000_000_000), random.nextInt(1_000_000_000));
            Files.setLastModifiedTime(all.get(i), FileTime.from(time));
        }
    }

    private static String name(Random random, String oddName, int i) {
        return switch (random.nextInt(5)) {
            case 0 -> "long-" + "n".repeat(random.nextInt(150)) + i;
            case 1 -> "ümlaut und ein Leerzeichen " + i;
            case 2 -> oddName + i;
            default -> "f" + i;
        };
    }

    /** Of all files: kind, mode, owners, time, and content. */
    private Map<String, String> snapshot(String name) throws IOException {
        Path root = board.resolve(name);
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.collect(Collectors.toList())) {
                Map<String, Object> said = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
                boolean isLink = Files.isSymbolicLink(path);
                String kind = isLink ? "l" : Files.isDirectory(path) ? "d" : "f";
                String content = switch (kind) {
                    case "l" -> Files.readSymbolicLink(path).toString();
                    case "f" ->
                        Long.toString(Files.size(path))
                                + " "
                                + Arrays.hashCode(Files.readAllBytes(path))
                                + " "
                                + said.get("nlink");
                    default -> "";
                };
                long seconds = Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .readAttributes()
                        .lastModifiedTime()
                        .to(TimeUnit.SECONDS);
                found.put(
                        root.relativize(path).toString(),
                        "%s %o %s %d %s"
                                .formatted(
                                        kind,
                                        (int) said.get("mode") & 07777,
                                        said.get("uid"),
                                        isLink ? 0 : seconds,
                                        content));
            }
        }
        return found;
    }

    private Map<String, String> asInZip(String name) throws IOException {
        Map<String, String> found = snapshot(name);
        found.remove("");
        found.replaceAll((path, said) -> said.startsWith("f") ? said.substring(0, said.lastIndexOf(' ')) : said);
        return found;
    }

    private static void assumePrograms(String... names) throws IOException, InterruptedException {
        for (String name : names) {
            assumeTrue(
                    new ProcessBuilder("sh", "-c", "command -v " + name)
                                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                    .start()
                                    .waitFor()
                            == 0,
                    name + " is not here");
        }
    }

    private void sh(String line) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-ec", line)
                .directory(board.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(line + ": " + said).isZero();
    }
}
