package dev.otapair.client.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.github.luben.zstd.Zstd;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.TarForge;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Archives with changed bytes: each is unpacked or refused, and nothing outside the folder is touched. */
class UnpackerMutationTest {
    private static final int ARCHIVES = Integer.getInteger("unpack.mutations", 2000);
    private static final byte[][] WORDS = {
        "../../canary".getBytes(StandardCharsets.UTF_8),
        "/tmp/x".getBytes(StandardCharsets.UTF_8),
        "0000000".getBytes(StandardCharsets.UTF_8),
        "77777777777".getBytes(StandardCharsets.UTF_8),
        {(byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
        {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff},
        {0, 0, 0, 0}
    };

    @TempDir
    private Path board;

    @Test
    void changedArchivesAreUnpackedWithinTheirFolderOrRefused() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Path inner = Files.createDirectories(board.resolve("a/b"));
        Files.writeString(board.resolve("canary"), "alive");
        Files.writeString(board.resolve("a/canary"), "alive");
        List<byte[]> whole = archives();
        int refused = 0;

        for (int i = 0; i < ARCHIVES; i++) {
            byte[] archive = changed(whole.get(random.nextInt(whole.size())), random);
            Path file = Files.write(board.resolve("package"), archive);
            try {
                Unpacker.of(new Unpacker.Limits(1 << 20, 100, 1 << 20, 200)).unpack(file, inner.resolve("fw"));
                Unpacker.remove(inner.resolve("fw"));
            } catch (OtaException e) {
                refused++;
            } catch (RuntimeException | Error e) {
                fail("seed %d, archive %d".formatted(seed, i), e);
            }
            try (Stream<Path> paths = Files.walk(board)) {
                assertThat(paths.map(path -> board.relativize(path).toString()).collect(Collectors.toSet()))
                        .as("seed %d, archive %d", seed, i)
                        .containsExactlyInAnyOrder("", "a", "a/b", "a/canary", "canary", "package");
            }
            assertThat(Files.readString(board.resolve("canary")) + Files.readString(board.resolve("a/canary")))
                    .as("seed %d, archive %d", seed, i)
                    .isEqualTo("alivealive");
        }

        assertThat(refused).as("seed %d", seed).isBetween(1, ARCHIVES - 1);
    }

    /** Half of the changed tar archives get right checksums, or nothing behind those would be reached. */
    private static byte[] changed(byte[] archive, Random random) {
        byte[] changed = archive.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int position = random.nextInt(changed.length);
            switch (random.nextInt(5)) {
                case 0 -> changed[position] ^= (byte) (1 << random.nextInt(8));
                case 1 -> changed[position] = (byte) random.nextInt();
                case 2 -> {
                    byte[] word = WORDS[random.nextInt(WORDS.length)];
                    System.arraycopy(word, 0, changed, position, Math.min(word.length, changed.length - position));
                }
                case 3 -> {
                    int from = random.nextInt(changed.length);
                    int length = Math.min(random.nextInt(600), changed.length - Math.max(from, position));
                    System.arraycopy(archive, from, changed, position, length);
                }
                default -> changed = random.nextInt(4) == 0 ? Arrays.copyOf(changed, position + 1) : changed;
            }
        }
        boolean isTar = archive.length > 262 && archive[257] == 'u' && archive[258] == 's';
        if (isTar && random.nextBoolean()) {
            for (int position = 0; position + 512 <= changed.length; position += 512) {
                if (changed[position + 257] == 'u' && changed[position + 258] == 's') {
                    byte[] header = Arrays.copyOfRange(changed, position, position + 512);
                    System.arraycopy(TarForge.withChecksum(header), 0, changed, position, 512);
                }
            }
        }
        return changed;
    }

    private static List<byte[]> archives() throws IOException {
        byte[] tar = TarForge.tar()
                .folder("./")
                .folder("d")
                .file("d/f", "content ".repeat(100))
                .pax("path", "d/" + "n".repeat(150), "mtime", "1.5", "uid", "0")
                .file("short", "x")
                .longName("d/" + "g".repeat(150))
                .file("short", "y")
                .link("l", "d/f")
                .hardLink("h", "d/f")
                .end();
        byte[] zip = ZipForge.zip()
                .entry("d/", ZipForge.FOLDER, new byte[0])
                .file("d/f", "content")
                .deflated("g", "content ".repeat(100).getBytes(StandardCharsets.UTF_8))
                .link("d/l", "../g")
                .end();
        List<byte[]> archives = new ArrayList<>(List.of(tar, tar, tar, zip, zip));
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(gzip)) {
            out.write(tar);
        }
        archives.add(gzip.toByteArray());
        ByteArrayOutputStream xz = new ByteArrayOutputStream();
        try (OutputStream out = new XZOutputStream(xz, new LZMA2Options(1))) {
            out.write(tar);
        }
        archives.add(xz.toByteArray());
        byte[] zstd = Zstd.compress(tar);
        archives.add(zstd);
        archives.add(zstd);
        return archives;
    }
}
