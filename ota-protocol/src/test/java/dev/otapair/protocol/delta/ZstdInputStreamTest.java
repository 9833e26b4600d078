package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames that libzstd writes, whole, damaged and cut. */
class ZstdInputStreamTest {
    private static final int MAX_WINDOW_BYTES = 8 << 20;
    private static final byte[] SKIPPED = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};

    @ParameterizedTest
    @ValueSource(ints = {-7, 1, 3, 9, 19})
    void allContentsComeBack(int level) throws IOException {
        long seed = System.nanoTime();

        for (Map.Entry<String, byte[]> content :
                ZstdContents.all(new Random(seed)).entrySet()) {
            assertThat(decode(frame(level, content.getValue())))
                    .as("%s, seed %d", content.getKey(), seed)
                    .isEqualTo(content.getValue());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 12, 17, 23})
    void windowMayBeSmallerThanTheContent(int log) throws IOException {
        long seed = System.nanoTime();

        for (Map.Entry<String, byte[]> content :
                ZstdContents.all(new Random(seed)).entrySet()) {
            for (int level : new int[] {1, 8}) {
                assertThat(decode(streamed(level, log, content.getValue())))
                        .as("%s, level %d, seed %d", content.getKey(), level, seed)
                        .isEqualTo(content.getValue());
            }
        }
    }

    @Test
    void readsOfAllLengthsGiveTheSame() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] content = ZstdContents.mixture(random, 400_000);
        byte[] actual = new byte[content.length];

        try (InputStream in = open(streamed(3, 12, content))) {
            for (int at = 0; at < actual.length; ) {
                if (random.nextBoolean()) {
                    actual[at++] = (byte) in.read();
                } else {
                    at += in.read(
                            actual, at, Math.min(actual.length - at, 1 + random.nextInt(1 << random.nextInt(18))));
                }
            }
            assertThat(in.read()).as("seed %d", seed).isNegative();
        }

        assertThat(actual).as("seed %d", seed).isEqualTo(content);
    }

    @Test
    void blocksOfAllKindsFollowEachOther() throws IOException {
        byte[] frame = new FrameWriter(0)
                .raw(false, (byte) 1, (byte) 2)
                .run(false, 3, 1024)
                .run(false, 4, 0)
                .match(false, new byte[] {5}, 2, 0, 0, 0, 0)
                .raw(true)
                .toByteArray();
        byte[] expected = new byte[2 + 1024 + 1 + 3];
        Arrays.fill(expected, (byte) 3);
        expected[0] = 1;
        expected[1] = 2;
        expected[1026] = 5;
        expected[1027] = 5;
        expected[1028] = 5;
        expected[1029] = 5;

        byte[] actual = decode(frame);

        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void blockBoundIsThatOfTheWindow() {
        byte[] tooLongRun = new FrameWriter(0).run(true, 1, 1025).toByteArray();
        byte[] tooLongMatch =
                new FrameWriter(0).match(true, new byte[] {1}, 2, 0, 46, 10, 0).toByteArray();

        assertThatThrownBy(() -> decode(tooLongRun)).hasMessage("a zstd block has 1025 bytes, allowed are 1024");
        assertThatThrownBy(() -> decode(tooLongMatch)).hasMessage("a zstd block makes more than it may");
    }

    @Test
    void distanceBoundIsTheWindow() throws IOException {
        byte[] inside = new FrameWriter(0)
                .raw(false, new byte[1010])
                .match(true, new byte[14], 10, 3, 0, 0, 0)
                .toByteArray();
        byte[] outside = new FrameWriter(0)
                .raw(false, new byte[1011])
                .match(true, new byte[14], 10, 4, 0, 0, 0)
                .toByteArray();

        assertThat(decode(inside)).hasSize(1027);
        assertThatThrownBy(() -> decode(outside)).hasMessage("a zstd block refers to what is behind its window");
    }

    @Test
    void tablesOfABlockThatIsNotThereAreRefused() {
        byte[] sequences = {8, 1, 1, (byte) 0xfc, 1};
        byte[] literals = {0x13, 0x40, 0, 1, 0};

        assertThatThrownBy(
                        () -> decode(new FrameWriter(0).coded(true, sequences).toByteArray()))
                .hasMessage("a zstd block uses the tables of an earlier one, and there is none");
        assertThatThrownBy(() -> decode(new FrameWriter(0).coded(true, literals).toByteArray()))
                .hasMessage("a zstd block uses the codes of an earlier one, and there is none");
    }

    @Test
    void unknownKindOfBlockIsRefused() {
        byte[] frame = new FrameWriter(0).unknown().toByteArray();

        assertThatThrownBy(() -> decode(frame)).hasMessage("a zstd block is of a kind that is not known");
    }

    @Test
    void framesFollowEachOtherAndWhatIsToBeSkippedIs() throws IOException {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.writeBytes(SKIPPED);
        frames.writeBytes(frame(3, new byte[] {1, 2, 3}));
        frames.writeBytes(frame(3, new byte[0]));
        frames.writeBytes(SKIPPED);
        frames.writeBytes(streamed(3, 15, new byte[100_000]));
        frames.writeBytes(frame(3, new byte[] {4}));
        frames.writeBytes(SKIPPED);
        byte[] expected = new byte[100_004];
        expected[0] = 1;
        expected[1] = 2;
        expected[2] = 3;
        expected[100_003] = 4;

        byte[] actual = decode(frames.toByteArray());

        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void nothingAtAllIsNoFrame() {
        assertThatThrownBy(() -> decode(new byte[0])).isInstanceOf(ZstdException.class);
    }

    @Test
    void whatFollowsAFrameIsAFrame() {
        byte[] frame = frame(3, new byte[] {1, 2, 3});

        assertThatThrownBy(() -> decode(Arrays.copyOf(frame, frame.length + 4)))
                .isInstanceOf(ZstdException.class)
                .hasMessage("no zstd frame begins with 00000000");
    }

    @Test
    void windowAboveTheBoundIsNotAllocated() throws IOException {
        byte[] frame = streamed(3, 24, new byte[100]);
        long before = allocated();

        Throwable thrown = catchThrowable(() -> decode(frame));

        long taken = allocated() - before;
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        ZstdWindowException.class,
                        refused -> assertThat(refused.neededBytes()).isEqualTo(1 << 24))
                .hasMessage("the zstd window is 16777216 bytes, allowed are 8388608");
        assertThat(taken).isLessThan(4 << 20);
    }

    @Test
    void contentInOneSegmentIsItsWindow() {
        byte[] frame = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, (byte) 0xe0, 0, 0, 0, 0, 1, 0, 0, 0};

        assertThatThrownBy(() -> decode(frame)).hasMessage("the zstd window is 4294967296 bytes, allowed are 8388608");
    }

    @Test
    void memoryIsTheWindowAndLittleMore() throws IOException {
        byte[] content = ZstdContents.mixture(new Random(1), 20_000_000);
        byte[] frame = streamed(1, 23, content);
        byte[] buffer = new byte[64 * 1024];
        decode(frame(1, new byte[1000]));
        long before = allocated();

        try (InputStream in = new ZstdInputStream(new ByteArrayInputStream(frame), MAX_WINDOW_BYTES)) {
            while (in.read(buffer) >= 0) {
                // Only its memory counts.
            }
        }

        assertThat(allocated() - before).isLessThan(MAX_WINDOW_BYTES + 512 * 1024);
    }

    private static long allocated() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    @Test
    void wrongChecksumIsRefused() {
        byte[] frame = frame(3, ZstdContents.text(new Random(1), 1000));
        frame[frame.length - 1] ^= 1;

        assertThatThrownBy(() -> decode(frame))
                .isInstanceOf(ZstdException.class)
                .hasMessage("the checksum of the zstd frame is wrong");
    }

    @Test
    void failureStays() {
        byte[] frame = frame(3, ZstdContents.text(new Random(1), 1000));
        frame[frame.length - 1] ^= 1;
        ZstdInputStream in = new ZstdInputStream(new ByteArrayInputStream(frame), MAX_WINDOW_BYTES);

        assertThatThrownBy(in::readAllBytes).isInstanceOf(ZstdException.class);
        assertThatThrownBy(in::read).hasMessage("the checksum of the zstd frame is wrong");
    }

    @Test
    void dictionaryIsRefused() {
        byte[] frame = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x21, 9, 0, 1, 0, 0};

        assertThatThrownBy(() -> decode(frame)).hasMessage("the zstd frame needs the dictionary 9");
    }

    @Test
    void frameCutAnywhereIsRefused() {
        for (byte[] frame : smallFrames(new Random(1), true)) {
            for (int length = 0; length < frame.length; length++) {
                byte[] cut = Arrays.copyOf(frame, length);

                assertThatThrownBy(() -> decode(cut))
                        .as("%d of %d bytes", length, frame.length)
                        .isInstanceOf(ZstdException.class);
            }
        }
    }

    @Test
    void damagedFrameNeverGivesAnotherContent() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (byte[] frame : smallFrames(random, true)) {
            byte[] content = Zstd.decompress(frame, (int) Zstd.getFrameContentSize(frame));
            for (int at = 0; at < frame.length; at++) {
                for (int value : new int[] {1 << random.nextInt(8), random.nextInt(255) + 1}) {
                    byte[] damaged = frame.clone();
                    damaged[at] ^= (byte) value;
                    try {
                        assertThat(decode(damaged))
                                .as("byte %d, seed %d", at, seed)
                                .isEqualTo(content);
                    } catch (IOException e) {
                        assertThat(e).isInstanceOf(ZstdException.class);
                    }
                }
            }
        }
    }

    /** Without a checksum much of what is damaged still means something. Libzstd does not see every end of literals that is wrong. */
    @Test
    void damagedFrameIsRefusedOrMeansWhatItMeansToLibzstd() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int understood = 0;
        for (byte[] frame : smallFrames(random, false)) {
            for (int turn = 0; turn < 2 * frame.length; turn++) {
                byte[] damaged = frame.clone();
                damaged[turn % frame.length] ^= (byte) (random.nextInt(255) + 1);
                try {
                    byte[] actual = decode(damaged);

                    understood++;
                    assertThat(actual)
                            .as("byte %d, seed %d", turn % frame.length, seed)
                            .isEqualTo(decodeByLibrary(damaged));
                } catch (IOException e) {
                    assertThat(e).isInstanceOf(ZstdException.class);
                }
            }
        }
        assertThat(understood).isGreaterThan(100);
    }

    /** @return empty if it refuses */
    private static byte[] decodeByLibrary(byte[] frame) {
        try (InputStream in =
                new com.github.luben.zstd.ZstdInputStream(new ByteArrayInputStream(frame)).setLongMax(23)) {
            return in.readAllBytes();
        } catch (IOException e) {
            return new byte[0];
        }
    }

    /** Of all kinds of blocks, literals and tables. */
    private static List<byte[]> smallFrames(Random random, boolean withChecksum) {
        List<byte[]> contents = new ArrayList<>();
        contents.add(new byte[] {1});
        contents.add(new byte[300]);
        contents.add(ZstdContents.noise(random, 60));
        contents.add(ZstdContents.text(random, 150));
        contents.add(ZstdContents.text(random, 2000));
        contents.add(ZstdContents.mixture(random, 1500));
        contents.add(Arrays.copyOf(ZstdContents.executable(), 1500));
        List<byte[]> frames = new ArrayList<>();
        for (byte[] content : contents) {
            for (int level : new int[] {-3, 19}) {
                try (ZstdCompressCtx context = new ZstdCompressCtx()) {
                    frames.add(context.setLevel(level).setChecksum(withChecksum).compress(content));
                }
            }
        }
        return frames;
    }

    private static byte[] frame(int level, byte[] content) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            return context.setLevel(level).setChecksum(true).compress(content);
        }
    }

    /** Without the content's size, in blocks that end anywhere. */
    private static byte[] streamed(int level, int windowLog, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Random random = new Random(level);
        try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
            out.setLevel(level).setWindowLog(windowLog).setChecksum(true).setCloseFrameOnFlush(false);
            for (int at = 0; at < content.length; ) {
                int piece = Math.min(content.length - at, 1 + random.nextInt(300_000));
                out.write(content, at, piece);
                out.flush();
                at += piece;
            }
        }
        return bytes.toByteArray();
    }

    private static ZstdInputStream open(byte[] frames) {
        return new ZstdInputStream(new BufferedInputStream(new ByteArrayInputStream(frames)), MAX_WINDOW_BYTES);
    }

    private static byte[] decode(byte[] frames) throws IOException {
        try (InputStream in = open(frames)) {
            return in.readAllBytes();
        }
    }
}
