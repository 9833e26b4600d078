package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.otapair.protocol.delta.PatchHeader.Coder;
import dev.otapair.protocol.delta.PatchHeader.Stream;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream.Builder;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever made a patch may lie; what it costs to find out is bounded. */
class PatchReaderTest {
    private static final byte[] OLD = "0123456789".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONE = {};
    private static final long HUGE = Long.MAX_VALUE >>> Step.BITS;
    private static final int MEBIBYTE = 1024 * 1024;

    @TempDir
    private Path folder;

    @Test
    void stepsDoWhatTheyAreNamedFor() throws IOException {
        byte[] control = Patches.control(
                Step.COPY.number(3),
                Step.INSERT.number(2),
                zigzag(-1),
                Step.ADD.number(2),
                Step.INSERT.number(0),
                zigzag(2),
                Step.ALIGN.number(3),
                Step.ADD.number(4));
        byte[] diff = {1, -1, -1, 0, 0, 1};

        byte[] made = Patches.apply(Patches.raw(11, control, diff, new byte[] {'a', 'b'}), OLD, 11);

        // 2 and 3 lie before the word at 8, the others are the word at 7: 6789 and ff 00 00 01, which carries once.
        assertThat(made).asString(StandardCharsets.US_ASCII).isEqualTo("012ab32588:");
    }

    static java.util.stream.Stream<Arguments> lies() throws IOException {
        Builder<Arguments> lies = java.util.stream.Stream.builder();
        lie(lies, "more old bytes than there are", 11, control(Step.COPY, 11), 0, 0);
        lie(lies, "the same, to be added to", 11, control(Step.ADD, 11), 11, 0);
        lie(lies, "more than is to be made", 4, control(Step.COPY, 5), 0, 0);
        lie(lies, "the largest count", 4, control(Step.COPY, HUGE), 0, 0);
        lie(lies, "the largest count of extra bytes", 4, control(Step.INSERT, HUGE), 0, 4);
        lie(lies, "less than is to be made", 6, control(Step.COPY, 5), 0, 0);
        lie(lies, "no bytes at all", 4, control(Step.COPY, 0), 0, 0);
        lie(lies, "steps that are missing", 4, NONE, 0, 0);
        lie(lies, "steps after the end", 4, Patches.control(Step.COPY.number(4), Step.COPY.number(4)), 0, 0);
        lie(lies, "a move before the beginning", 5, insert(1, -1, Step.COPY.number(4)), 0, 1);
        lie(lies, "a move beyond the end", 1, insert(1, 11), 0, 1);
        lie(lies, "the farthest move", 1, insert(1, Long.MAX_VALUE >> 1), 0, 1);
        lie(lies, "the farthest move back", 1, insert(1, Long.MIN_VALUE >> 1), 0, 1);
        lie(lies, "a move to the end and more", 2, insert(1, 10, Step.COPY.number(1)), 0, 1);
        lie(lies, "a move that is missing", 1, control(Step.INSERT, 1), 0, 1);
        lie(
                lies,
                "moves for ever",
                4,
                insert(0, 2, Step.INSERT.number(0), zigzag(-2), Step.INSERT.number(0), zigzag(1), Step.COPY.number(4)),
                0,
                0);
        lie(
                lies,
                "an alignment of more than a word",
                4,
                Patches.control(Step.ALIGN.number(4), Step.COPY.number(4)),
                0,
                0);
        lie(lies, "alignments for ever", 4, Patches.control(new long[] {2, 2, 2, 16}), 0, 0);
        lie(lies, "too few diff bytes", 4, control(Step.ADD, 4), 3, 0);
        lie(lies, "too many diff bytes", 4, control(Step.ADD, 3), 4, 0);
        lie(lies, "too few extra bytes", 4, insert(4, 0), 0, 3);
        lie(lies, "extra bytes that nobody asks for", 4, control(Step.COPY, 4), 0, 1);
        lie(lies, "a number that is longer than it has to be", 4, new byte[] {(byte) 0x90, 0}, 0, 0);
        lie(lies, "a number that does not end", 4, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1}, 0, 0);
        return lies.build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void stepsThatLieAreRefused(String what, byte[] patch, int newSize) {
        assertRefused(patch, newSize);
    }

    /**
     * Of a patch that makes 4 bytes. A stream is its coder and length; then coded length and window, where it is coded; then properties
     * of LZMA. The control stream 10 copies 4.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "nothing,                        ''",
        "a header that ends early,       4f 54 44 01 04 00 00 01 00 00 00",
        "another magic,                  4f 54 45 01 04 00 00 01 00 00 00 00 10",
        "another version,                4f 54 44 02 04 00 00 01 00 00 00 00 10",
        "another size,                   4f 54 44 01 05 00 00 01 00 00 00 00 10",
        "the largest size,               4f 54 44 01 ff ff ff ff ff ff ff ff 7f 00 00 01 00 00 00 00 10",
        "a size that is no number,       4f 54 44 01 ff ff ff ff ff ff ff ff ff 7f 00 00 01 00 00 00 00 10",
        "an unknown arithmetic,          4f 54 44 01 04 03 00 01 00 00 00 00 10",
        "an unknown coder,               4f 54 44 01 04 00 03 01 00 00 00 00 10",
        "bytes after the end,            4f 54 44 01 04 00 00 01 00 00 00 00 10 00",
        "a stream that is cut off,       4f 54 44 01 04 00 00 01 00 00 00 00",
        "a coded stream of the largest,  4f 54 44 01 04 00 01 01 ff ff ff ff ff ff ff ff 7f 00 00 00 00 00 00 10",
        "control bytes of the largest,   4f 54 44 01 04 00 00 ff ff ff ff ff ff ff ff 7f 00 00 00 00 10",
        "control bytes out of nowhere,   4f 54 44 01 04 00 01 ff ff 7f 01 00 00 00 00 00 00 10",
        "more diff bytes than are made,  4f 54 44 01 04 00 00 01 00 05 00 00 10 01 01 01 01 01",
        "more than are made of both,     4f 54 44 01 04 00 00 01 00 03 00 02 10 01 01 01 01 01",
        "a window above all,             4f 54 44 01 04 00 01 01 01 19 00 00 00 00 00 10",
        "windows that are 17 MiB,        4f 54 44 01 04 00 02 01 01 10 02 02 02 18 00 00 4a 00 00",
        "windows of 16 MiB three times,  4f 54 44 01 04 00 01 01 01 18 00 01 01 01 18 00 01 01 01 18 00 00 00 00",
        "LZMA properties above all,      4f 54 44 01 04 00 01 01 01 00 e1 00 00 00 00 10",
        "lc and lp of more than 4,       4f 54 44 01 04 00 01 01 01 00 0d 00 00 00 00 10",
        "a damaged LZMA stream,          4f 54 44 01 04 00 01 01 05 00 00 00 00 00 00 01 00 00 00 00",
        "an LZMA stream cut off,         4f 54 44 01 04 00 01 01 03 00 00 00 00 00 00 00 00 00"
    })
    void headersThatLieAreRefused(String what, String hex) {
        assertRefused(HexFormat.of().parseHex(hex.replace(" ", "")), 4);
    }

    @Test
    void aHeaderThatTellsTheTruthIsTaken() throws IOException {
        byte[] patch = HexFormat.ofDelimiter(" ").parseHex("4f 54 44 01 04 00 00 01 00 00 00 00 10");

        assertThat(Patches.apply(patch, OLD, 4))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("0123");
    }

    @Test
    void windowsAreNotAllocatedBeforeTheirSumIsKnownToBeSmall() throws IOException {
        Stream large = new Stream(Coder.LZMA, MEBIBYTE, 1, 16 * MEBIBYTE, 0);
        byte[] patch =
                Patches.whole(new PatchHeader(100L * MEBIBYTE, Arithmetic.BYTES, large, large, large), new byte[3]);

        long allocated = allocatedBy(() -> assertRefused(patch, 100 * MEBIBYTE, 100 * MEBIBYTE));

        assertThat(allocated).isLessThan(MEBIBYTE);
    }

    @Test
    void everyCutIsRefused() throws IOException {
        byte[] made = "012x456789abc012345678".getBytes(StandardCharsets.US_ASCII);
        byte[] patch = Patches.write(folder, OLD, made);

        for (int length = 0; length < patch.length; length++) {
            assertRefused(Arrays.copyOf(patch, length), made.length);
        }
        assertRefused(Arrays.copyOf(patch, patch.length + 1), made.length);
    }

    /** Which damage is found out, and which makes something else, is left open: what is made has a digest. */
    @Test
    void everyDamagedByteIsRefusedOrMakesAsManyBytes() throws IOException {
        Random random = new Random(1);
        byte[] old = new byte[40_000];
        random.nextBytes(old);
        byte[] made = Arrays.copyOf(old, 45_000);
        for (int i = 0; i < made.length; i += 1 + random.nextInt(400)) {
            made[i] += 3;
        }
        byte[] patch = Patches.write(folder, old, made);
        assertThat(patch.length).isBetween(400, 20_000);

        for (int i = 0; i < patch.length; i += i < 200 ? 1 : 37) {
            for (int flip : new int[] {1, 0x80, 0xff}) {
                byte[] damaged = patch.clone();
                damaged[i] ^= (byte) flip;
                int at = i;
                Assertions.assertTimeoutPreemptively(
                        Duration.ofSeconds(10), () -> applyOrRefuse(damaged, old, made.length), () -> "byte " + at);
            }
        }
    }

    private static void applyOrRefuse(byte[] patch, byte[] old, int newSize) throws IOException {
        try {
            assertThat(Patches.apply(patch, old, newSize)).hasSize(newSize);
        } catch (OtaException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        }
    }

    @Test
    void memoryDoesNotGrowWithWhatIsMade() throws IOException {
        int newSize = 64 * MEBIBYTE;
        byte[] control = Patches.control(
                Step.COPY.number(newSize / 2),
                Step.INSERT.number(0),
                zigzag(-newSize / 2),
                Step.COPY.number(newSize / 2));
        byte[] patch = Patches.raw(newSize, control, NONE, NONE);

        long allocated = allocatedBy(() -> new PatchReader((coded, window) -> coded)
                .apply(
                        Patches.bytes(patch),
                        0,
                        patch.length,
                        new Zeros(newSize / 2),
                        newSize,
                        OutputStream.nullOutputStream()));

        assertThat(allocated).isLessThan(MEBIBYTE);
    }

    @Test
    void aPatchInTheMiddleOfAFileIsFound() throws IOException {
        byte[] patch = Patches.write(folder, OLD, OLD);
        byte[] file = new byte[100 + patch.length + 50];
        System.arraycopy(patch, 0, file, 100, patch.length);
        java.io.ByteArrayOutputStream made = new java.io.ByteArrayOutputStream();

        new PatchReader((coded, window) -> coded)
                .apply(Patches.bytes(file), 100, patch.length, Patches.old(OLD), OLD.length, made);

        assertThat(made.toByteArray()).isEqualTo(OLD);
    }

    @Test
    void aDiskThatFailsIsNotThePatchsFault() throws IOException {
        byte[] old = new byte[1000];
        byte[] made = new byte[60_000];
        new Random(1).nextBytes(made);
        byte[] patch = Patches.write(folder, old, made);
        PatchBytes failing = (into, position) -> {
            if (position > 30_000) {
                throw new IOException("the disk fails");
            }
            return Patches.bytes(patch).read(into, position);
        };

        assertThatThrownBy(() -> new PatchReader((coded, window) -> coded)
                        .apply(
                                failing,
                                0,
                                patch.length,
                                Patches.old(old),
                                made.length,
                                OutputStream.nullOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessage("the disk fails");
    }

    private static void lie(Builder<Arguments> lies, String what, int newSize, byte[] control, int diff, int extra)
            throws IOException {
        lies.add(Arguments.of(what, Patches.raw(newSize, control, new byte[diff], new byte[extra]), newSize));
    }

    private static byte[] control(Step kind, long count) throws IOException {
        return Patches.control(kind.number(count));
    }

    private static byte[] insert(long count, long distance, long... more) throws IOException {
        byte[] first = Patches.control(Step.INSERT.number(count), zigzag(distance));
        byte[] rest = Patches.control(more);
        byte[] control = Arrays.copyOf(first, first.length + rest.length);
        System.arraycopy(rest, 0, control, first.length, rest.length);
        return control;
    }

    private static long zigzag(long distance) {
        return distance << 1 ^ distance >> Long.SIZE - 1;
    }

    private static void assertRefused(byte[] patch, int newSize) {
        assertRefused(patch, newSize, OLD.length);
    }

    private static void assertRefused(byte[] patch, int newSize, int oldSize) {
        assertThatThrownBy(() -> new PatchReader((coded, window) -> coded)
                        .apply(
                                Patches.bytes(patch),
                                0,
                                patch.length,
                                new Zeros(oldSize),
                                newSize,
                                OutputStream.nullOutputStream()))
                .isInstanceOfSatisfying(
                        OtaException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH));
    }

    private interface Action {
        void run() throws IOException;
    }

    private static long allocatedBy(Action action) throws IOException {
        action.run();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        action.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private record Zeros(long size) implements OldContent {
        @Override
        public void read(long position, ByteBuffer into) throws IOException {
            if (position < 0 || into.remaining() > size - position) {
                throw new AssertionError("%d bytes from %d".formatted(into.remaining(), position));
            }
            into.position(into.limit());
        }
    }
}
