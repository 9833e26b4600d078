package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patches that libzstd writes with the old content as its dictionary. */
class ZstdPatchTest {
    @TempDir
    private Path folder;

    /** An array; reading outside of it is an error of who reads. */
    private record Old(byte[] bytes) implements OldContent {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void read(long position, ByteBuffer into) {
            int count = into.remaining();
            into.put(bytes, Math.toIntExact(position), count);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-5, 3, 19})
    void newContentComesOut(int level) throws IOException {
        long seed = System.nanoTime();

        for (Map.Entry<String, byte[][]> pair : pairs(new Random(seed)).entrySet()) {
            byte[] old = pair.getValue()[0];
            byte[] made = pair.getValue()[1];
            byte[] patch = patch(level, 27, old, made);

            assertThat(apply(patch, old, made.length))
                    .as("%s, seed %d", pair.getKey(), seed)
                    .isEqualTo(made);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 18, 22})
    void windowMayBeSmallerThanTheContents(int log) throws IOException {
        long seed = System.nanoTime();

        for (Map.Entry<String, byte[][]> pair : pairs(new Random(seed)).entrySet()) {
            byte[] old = pair.getValue()[0];
            byte[] made = pair.getValue()[1];
            byte[] patch = patch(3, log, old, made);

            assertThat(apply(patch, old, made.length))
                    .as("%s, seed %d", pair.getKey(), seed)
                    .isEqualTo(made);
        }
    }

    private static Map<String, byte[][]> pairs(Random random) {
        Map<String, byte[][]> pairs = new LinkedHashMap<>();
        ZstdContents.all(random).forEach((name, old) -> {
            pairs.put(name + ", edited", new byte[][] {old, ZstdContents.edited(random, old)});
            pairs.put(name + ", as it was", new byte[][] {old, old});
        });
        byte[] noise = ZstdContents.noise(random, 1_300_000);
        byte[] twice = Arrays.copyOf(noise, 2 * noise.length);
        System.arraycopy(noise, 0, twice, noise.length, noise.length);
        pairs.put("nothing to noise twice", new byte[][] {{}, twice});
        pairs.put("noise to nothing", new byte[][] {noise, {}});
        pairs.put("noise twice to its end over and over", new byte[][] {twice, periodic(twice, 700, 300_000)});
        pairs.put("noise twice to more than what is held", new byte[][] {twice, periodic(twice, 1_100_000, 2_500_000)});
        return pairs;
    }

    /** What comes after the old content, if that went on as its last bytes do: one match from the old end into the new. */
    private static byte[] periodic(byte[] old, int period, int length) {
        byte[] made = new byte[length];
        for (int i = 0; i < length; i++) {
            made[i] = i < period ? old[old.length - period + i] : made[i - period];
        }
        return made;
    }

    @Test
    void matchGoesFromTheEndOfTheOldIntoTheNew() throws IOException {
        // 2^4 + 6 - 3 = 19 back after 10 literals: 9 from the old end, then what was just made.
        byte[] patch = new FrameWriter(0)
                .match(true, new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4, 6, 43, 7, 0)
                .toByteArray();
        byte[] old = {90, 91, 92, 93, 94, 95, 96, 97, 98, 99};
        byte[] expected = new byte[10 + 131];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = i < 10 ? (byte) i : i < 19 ? old[i - 9] : expected[i - 19];
        }

        byte[] actual = apply(patch, old, expected.length);

        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void offsetsReachBeyondTwoGibibytes() throws IOException {
        long size = 5L << 30;
        long distance = (1L << 31) + 0x7123_4567 - 3;
        byte[] patch = new FrameWriter(0xa8)
                .match(true, new byte[] {1, 2}, 31, 0x7123_4567, 51, 15, 5)
                .toByteArray();
        OldContent old = new OldContent() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public void read(long position, ByteBuffer into) {
                for (long at = position; into.hasRemaining(); at++) {
                    into.put(byteAt(at));
                }
            }
        };
        byte[] expected = new byte[2 + 32771 + 5];
        expected[0] = 1;
        expected[1] = 2;
        for (int i = 2; i < expected.length; i++) {
            expected[i] = byteAt(size + i - distance);
        }

        byte[] actual = apply(patch, old, expected.length);

        assertThat(actual).isEqualTo(expected);
    }

    private static byte byteAt(long position) {
        return (byte) (position * 0x9E37_79B9_7F4A_7C15L >>> 40);
    }

    @Test
    void offsetBeforeTheOldIsRefused() {
        byte[] patch =
                new FrameWriter(0).match(true, new byte[] {1}, 4, 0, 0, 0, 0).toByteArray();

        assertThatThrownBy(() -> apply(patch, new byte[11], 4))
                .isInstanceOf(ZstdException.class)
                .hasMessage("a zstd block refers 13 bytes back, there are 12");
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 0, 9", "1, 1, 0, 17", "1, 1, 1, 13", "0, 0, 0, 16", "0, 1, 0, 12"})
    void firstRepeatedDistancesAreOneFourAndEight(int literals, int offsetCode, int offsetRest, int expected)
            throws IOException {
        byte[] old = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
        byte[] patch = new FrameWriter(0)
                .match(true, Arrays.copyOf(new byte[] {9}, literals), offsetCode, offsetRest, 0, 0, 0)
                .toByteArray();

        byte[] actual = apply(patch, old, literals + 3);

        assertThat(actual[literals]).isEqualTo((byte) expected);
    }

    @Test
    void lastDistanceLessOneMustNotBeNothing() {
        byte[] patch =
                new FrameWriter(0).match(true, new byte[0], 1, 1, 0, 0, 0).toByteArray();

        assertThatThrownBy(() -> apply(patch, new byte[10], 3)).isInstanceOf(ZstdException.class);
    }

    @Test
    void onlyTheRightSizeIsTaken() throws IOException {
        byte[] old = ZstdContents.text(new Random(1), 5000);
        byte[] made = ZstdContents.edited(new Random(2), old);
        for (boolean withSize : new boolean[] {true, false}) {
            byte[] patch = patch(3, 20, withSize, old, made);

            assertThat(apply(patch, old, made.length)).isEqualTo(made);
            assertThatThrownBy(() -> apply(patch, old, made.length - 1)).isInstanceOf(ZstdException.class);
            assertThatThrownBy(() -> apply(patch, old, made.length + 1)).isInstanceOf(ZstdException.class);
            assertThatThrownBy(() -> apply(patch, old, 0)).isInstanceOf(ZstdException.class);
        }
    }

    @Test
    void anotherOldContentIsSeenByTheChecksum() {
        byte[] old = ZstdContents.text(new Random(1), 5000);
        byte[] made = ZstdContents.edited(new Random(2), old);
        byte[] patch = patch(3, 20, old, made);
        byte[] other = old.clone();
        for (int i = 0; i < other.length; i += 10) {
            other[i]++;
        }

        assertThatThrownBy(() -> apply(patch, other, made.length))
                .isInstanceOf(ZstdException.class)
                .hasMessage("the checksum of the zstd frame is wrong");
        assertThatThrownBy(() -> apply(patch, new byte[10], made.length)).isInstanceOf(ZstdException.class);
    }

    @Test
    void nothingMayFollow() {
        byte[] patch = patch(3, 20, new byte[0], new byte[100]);

        assertThatThrownBy(() -> apply(Arrays.copyOf(patch, patch.length + 1), new byte[0], 100))
                .isInstanceOf(ZstdException.class)
                .hasMessage("something follows the zstd frame of the patch");
    }

    @Test
    void patchCutAnywhereIsRefused() {
        byte[] old = ZstdContents.text(new Random(1), 3000);
        byte[] made = ZstdContents.edited(new Random(2), old);
        byte[] patch = patch(19, 20, old, made);
        for (int length = 0; length < patch.length; length++) {
            byte[] cut = Arrays.copyOf(patch, length);

            assertThatThrownBy(() -> apply(cut, old, made.length))
                    .as("%d of %d bytes", length, patch.length)
                    .isInstanceOf(ZstdException.class);
        }
    }

    @Test
    void damagedPatchNeverGivesAnotherContent() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] old = ZstdContents.mixture(random, 3000);
        byte[] made = ZstdContents.edited(random, old);
        byte[] patch = patch(19, 20, old, made);
        for (int turn = 0; turn < 2 * patch.length; turn++) {
            byte[] damaged = patch.clone();
            damaged[turn % patch.length] ^= (byte) (random.nextInt(255) + 1);
            try {
                assertThat(apply(damaged, old, made.length))
                        .as("byte %d, seed %d", turn % patch.length, seed)
                        .isEqualTo(made);
            } catch (IOException e) {
                assertThat(e).isInstanceOf(ZstdException.class);
            }
        }
    }

    @Test
    void memoryDoesNotDependOnTheSize() throws IOException {
        byte[] old = ZstdContents.mixture(new Random(1), 12_000_000);
        byte[] made = ZstdContents.edited(new Random(2), old);
        byte[] patch = patch(1, 27, old, made);
        Path oldFile = Files.write(folder.resolve("old"), old);
        apply(patch(1, 20, new byte[10], new byte[10]), new byte[10], 10);
        long before = allocated();

        try (FileChannel oldChannel = FileChannel.open(oldFile)) {
            make(patch, ofFile(oldChannel), made.length);
        }

        assertThat(allocated() - before).isLessThan(3 << 20);
        assertThat(Files.readAllBytes(folder.resolve("new"))).isEqualTo(made);
    }

    private static long allocated() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    static OldContent ofFile(FileChannel file) throws IOException {
        long size = file.size();
        return new OldContent() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public void read(long position, ByteBuffer into) throws IOException {
                long at = position;
                while (into.hasRemaining()) {
                    int count = file.read(into, at);
                    if (count < 0) {
                        throw new IOException("the old file is shorter than it was");
                    }
                    at += count;
                }
            }
        };
    }

    private static byte[] patch(int level, int windowLog, byte[] old, byte[] made) {
        return patch(level, windowLog, true, old, made);
    }

    private static byte[] patch(int level, int windowLog, boolean withSize, byte[] old, byte[] made) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.setLevel(level)
                    .setWindowLog(windowLog)
                    .setChecksum(true)
                    .setContentSize(withSize)
                    .setEnableLongDistanceMatching(Zstd.ParamSwitch.ENABLE);
            if (old.length > 0) {
                context.loadDict(old);
            }
            return context.compress(made);
        }
    }

    private byte[] apply(byte[] patch, byte[] old, int size) throws IOException {
        return apply(patch, new Old(old), size);
    }

    private byte[] apply(byte[] patch, OldContent old, int size) throws IOException {
        make(patch, old, size);
        return Files.readAllBytes(folder.resolve("new"));
    }

    private void make(byte[] patch, OldContent old, int size) throws IOException {
        try (FileChannel made = FileChannel.open(
                folder.resolve("new"),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            ZstdPatch.apply(new ByteArrayInputStream(patch), old, NewContent.of(made), size);
        }
    }
}
