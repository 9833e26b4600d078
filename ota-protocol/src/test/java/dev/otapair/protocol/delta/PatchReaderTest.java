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
        byte[] steps = Patches.numbers(
                Step.COPY.number(3),
                Step.INSERT.number(2),
                Step.ADD.number(2),
                Step.INSERT.number(0),
                Step.ALIGN.number(3),
                Step.ADD.number(4));
        byte[] moves = Patches.numbers(zigzag(-3), zigzag(2));
        byte[] diff = {1, -1, -1, 0, 0, 1};

        byte[] made = Patches.apply(Patches.raw(11, steps, moves, diff, new byte[] {'a', 'b'}), OLD, 11);

        // 2 and 3 lie before the word at 8, the others are the word at 7: 6789 and ff 00 00 01, which carries once.
        assertThat(made).asString(StandardCharsets.US_ASCII).isEqualTo("012ab32588:");
    }

    static java.util.stream.Stream<Arguments> lies() throws IOException {
        long copy = Step.COPY.number(4);
        long insert = Step.INSERT.number(1);
        long move = Step.INSERT.number(0);
        long align = Step.ALIGN.number(1);
        Builder<Arguments> lies = java.util.stream.Stream.builder();
        lie(
                lies,
                "more old bytes than there are",
                "11 bytes from 0 of 10",
                11,
                steps(Step.COPY.number(11)),
                moves(),
                0,
                0);
        lie(lies, "the same, to be added to", "11 bytes from 0 of 10", 11, steps(Step.ADD.number(11)), moves(), 11, 0);
        lie(lies, "more than is to be made", "a step of 5 bytes", 4, steps(Step.COPY.number(5)), moves(), 0, 0);
        lie(lies, "the largest count", "a step of", 4, steps(Step.COPY.number(HUGE)), moves(), 0, 0);
        lie(lies, "the largest count of extra bytes", "a step of", 4, steps(Step.INSERT.number(HUGE)), moves(0), 0, 4);
        lie(lies, "less than is to be made", "within a number", 6, steps(Step.COPY.number(5)), moves(), 0, 0);
        lie(lies, "no bytes at all", "a step of 0 bytes", 4, steps(Step.COPY.number(0), copy), moves(), 0, 0);
        lie(lies, "steps that are missing", "within a number", 4, steps(), moves(), 0, 0);
        lie(lies, "steps after the end", "goes on after its end", 4, steps(copy, copy), moves(), 0, 0);
        lie(lies, "a move before the beginning", "a move by -2 from 1", 5, steps(insert, copy), moves(-2), 0, 1);
        lie(lies, "a move beyond the end", "a move by 10 from 1", 1, steps(insert), moves(10), 0, 1);
        lie(lies, "the farthest move", "a move by", 1, steps(insert), moves(Long.MAX_VALUE >> 1), 0, 1);
        lie(lies, "the farthest move back", "a move by", 1, steps(insert), moves(Long.MIN_VALUE >> 1), 0, 1);
        lie(lies, "a move to the end and more", "4 bytes from 7 of 10", 5, steps(insert, copy), moves(6), 0, 1);
        lie(lies, "a move that is missing", "within a number", 1, steps(insert), moves(), 0, 1);
        lie(lies, "a move that nobody asks for", "goes on after its end", 4, steps(copy), moves(0), 0, 0);
        lie(lies, "moves for ever", "3 steps in a row", 4, steps(move, move, move, copy), moves(1, -1, 1), 0, 0);
        lie(lies, "alignments for ever", "3 steps in a row", 4, steps(align, align, align, copy), moves(), 0, 0);
        lie(
                lies,
                "an alignment of more than a word",
                "an alignment of 4",
                4,
                steps(Step.ALIGN.number(4), copy),
                moves(),
                0,
                0);
        lie(lies, "too few diff bytes", "3 bytes left", 4, steps(Step.ADD.number(4)), moves(), 3, 0);
        lie(
                lies,
                "too many diff bytes",
                "goes on after its end",
                4,
                steps(Step.ADD.number(3), Step.COPY.number(1)),
                moves(),
                4,
                0);
        lie(lies, "too few extra bytes", "3 bytes left", 4, steps(Step.INSERT.number(4)), moves(-4), 0, 3);
        lie(lies, "extra bytes that nobody asks for", "goes on after its end", 4, steps(copy), moves(), 0, 1);
        lie(
                lies,
                "a number that is longer than it has to be",
                "longer than it has to be",
                4,
                new byte[] {(byte) 0x90, 0},
                moves(),
                0,
                0);
        lie(
                lies,
                "a number that does not end",
                "a number is too large",
                4,
                HexFormat.of().parseHex("ff".repeat(11)),
                moves(),
                0,
                0);
        return lies.build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void stepsThatLieAreRefused(String what, byte[] patch, int newSize, String why) {
        assertRefused(patch, newSize, why);
    }

    /**
     * Of a patch that makes 4 bytes by words. A stream is its coder and length; then coded length and window, where it is coded; then
     * properties of LZMA. The steps 10 copy 4 bytes.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "nothing, '', ends after",
        "a header that ends early, '4f 54 44 01 04 01 00 01 00 00 00 00 00', ends within a number",
        "another magic, '4f 54 45 01 04 01 00 01 00 00 00 00 00 00 10', none of version",
        "another version, '4f 54 44 02 04 01 00 01 00 00 00 00 00 00 10', none of version",
        "another size, '4f 54 44 01 05 01 00 01 00 00 00 00 00 00 10', the size it makes 5",
        "the largest size, '4f 54 44 01 ff ff ff ff ff ff ff ff 7f 01 00 01 00 00 00 00 00 00 10', the size it makes",
        "a size that is no number, '4f 54 44 01 ff ff ff ff ff ff ff ff ff 7f 01 00 01 00 00 00 00 00 00 10', a number is too large",
        "an unknown arithmetic, '4f 54 44 01 04 03 00 01 00 00 00 00 00 00 10', its arithmetic 3",
        "an unknown coder, '4f 54 44 01 04 01 03 01 00 00 00 00 00 00 10', its coder 3",
        "bytes after the end, '4f 54 44 01 04 01 00 01 00 00 00 00 00 00 10 00', 1 bytes follow it",
        "a stream that is cut off, '4f 54 44 01 04 01 00 01 00 00 00 00 00 00', a stream of 1 bytes",
        "the largest coded length, '4f 54 44 01 04 01 01 01 ff ff ff ff ff ff ff ff 7f 00 00 00 00 00 00 00 00 10', 9223372036854775807 bytes",
        "coded lengths that overflow, '4f 54 44 01 04 01 01 01 ff ff ff ff ff ff ff ff 7f 00 00 01 01 ff ff ff ff ff ff ff ff 7f 00 00 00 00 00 00 10', 9223372036854775807 bytes",
        "steps without end, '4f 54 44 01 04 01 00 ff ff ff ff ff ff ff ff 7f 00 00 00 00 00 00 10', its step bytes",
        "moves out of nowhere, '4f 54 44 01 04 01 00 01 01 ff ff 7f 01 00 00 00 00 00 00 10 00', its move bytes",
        "more diff bytes than are made, '4f 54 44 01 04 01 00 01 00 00 00 05 00 00 10 01 01 01 01 01', its diff bytes 5",
        "more of both than are made, '4f 54 44 01 04 01 00 01 00 00 00 03 00 02 10 01 01 01 01 01', its extra bytes 2",
        "a window above all, '4f 54 44 01 04 01 01 01 01 19 00 00 00 00 00 00 00 10', a window 25",
        "windows that are 17 MiB, '4f 54 44 01 04 01 02 01 01 10 00 00 02 02 02 18 00 00 4a 00 00', its windows 17825792",
        "windows of 16 MiB each, '4f 54 44 01 04 01 01 01 01 18 00 01 01 01 18 00 01 01 01 18 00 01 01 01 18 00 00 00 00 00', its windows 67108864",
        "LZMA properties above all, '4f 54 44 01 04 01 01 01 01 00 e1 00 00 00 00 00 00 10', LZMA properties 225",
        "lc and lp of more than 4, '4f 54 44 01 04 01 01 01 01 00 0d 00 00 00 00 00 00 10', LZMA properties 13",
        "a damaged LZMA stream, '4f 54 44 01 04 01 01 01 05 00 00 00 00 00 00 00 00 01 00 00 00 00', a stream is damaged",
        "an LZMA stream cut off, '4f 54 44 01 04 01 01 01 03 00 00 00 00 00 00 00 00 00 00 00', a stream is damaged"
    })
    void headersThatLieAreRefused(String what, String hex, String why) {
        assertRefused(HexFormat.of().parseHex(hex.replace(" ", "")), 4, why);
    }

    @Test
    void aHeaderThatTellsTheTruthIsTaken() throws IOException {
        byte[] patch = HexFormat.ofDelimiter(" ").parseHex("4f 54 44 01 04 01 00 01 00 00 00 00 00 00 10");

        assertThat(Patches.apply(patch, OLD, 4))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("0123");
    }

    @Test
    void windowsAreNotAllocatedBeforeTheirSumIsKnownToBeSmall() throws IOException {
        Stream large = new Stream(Coder.LZMA, MEBIBYTE, 1, 16 * MEBIBYTE, 0);
        byte[] patch = Patches.whole(
                new PatchHeader(100L * MEBIBYTE, Arithmetic.BYTES, large, large, large, large), new byte[4]);

        long allocated = allocatedBy(() -> assertRefused(patch, 100 * MEBIBYTE, 100 * MEBIBYTE, "its windows"));

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
        byte[] steps = steps(Step.COPY.number(newSize / 2), Step.INSERT.number(0), Step.COPY.number(newSize / 2));
        byte[] patch = Patches.raw(newSize, steps, moves(-newSize / 2), NONE, NONE);

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

    private static void lie(
            Builder<Arguments> lies,
            String what,
            String why,
            int newSize,
            byte[] steps,
            byte[] moves,
            int diff,
            int extra)
            throws IOException {
        lies.add(Arguments.of(what, Patches.raw(newSize, steps, moves, new byte[diff], new byte[extra]), newSize, why));
    }

    private static byte[] steps(long... numbers) throws IOException {
        return Patches.numbers(numbers);
    }

    private static byte[] moves(long... distances) throws IOException {
        return Patches.numbers(
                Arrays.stream(distances).map(PatchReaderTest::zigzag).toArray());
    }

    private static long zigzag(long distance) {
        return distance << 1 ^ distance >> Long.SIZE - 1;
    }

    private static void assertRefused(byte[] patch, int newSize) {
        assertRefused(patch, newSize, OLD.length, "");
    }

    private static void assertRefused(byte[] patch, int newSize, String why) {
        assertRefused(patch, newSize, OLD.length, why);
    }

    private static void assertRefused(byte[] patch, int newSize, int oldSize, String why) {
        assertThatThrownBy(() -> new PatchReader((coded, window) -> coded)
                        .apply(
                                Patches.bytes(patch),
                                0,
                                patch.length,
                                new Zeros(oldSize),
                                newSize,
                                OutputStream.nullOutputStream()))
                .isInstanceOfSatisfying(
                        OtaException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH))
                .hasMessageContaining(why);
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
