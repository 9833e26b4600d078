package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written can be read, whatever it is, and is small where the contents have much in common. */
class PatchTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {2, 20, 256})
    void randomEditsComeOutAsTheyWentIn(int letters) throws IOException {
        for (long seed = 0; seed < 40; seed++) {
            Random random = new Random(seed * 1000 + letters);
            byte[] old = random(random, random.nextInt(6000), letters);
            byte[] made = edited(random, old, letters);

            byte[] patch = Patches.write(folder, old, made);

            assertThat(Patches.apply(patch, old, made.length))
                    .as("seed %d", seed)
                    .isEqualTo(made);
        }
    }

    @Test
    void longContentsComeOutAsTheyWentIn() throws IOException {
        for (long seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            byte[] old = random(random, 400_000, 64);
            byte[] made = old;
            for (int i = 0; i < 12; i++) {
                made = edited(random, made, 64);
            }

            byte[] patch = Patches.write(folder, old, made);

            assertThat(Patches.apply(patch, old, made.length))
                    .as("seed %d", seed)
                    .isEqualTo(made);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 1", "1, 0", "1, 1", "0, 3000", "3000, 0", "2, 70000", "70000, 2", "5000, 5000"})
    void unrelatedContentsComeOutAsTheyWentIn(int oldSize, int newSize) throws IOException {
        byte[] old = random(new Random(1), oldSize, 256);
        byte[] made = random(new Random(2), newSize, 256);

        byte[] patch = Patches.write(folder, old, made);

        assertThat(Patches.apply(patch, old, newSize)).isEqualTo(made);
        assertThat(patch).hasSizeLessThan(newSize + 40);
    }

    @ParameterizedTest
    @CsvSource({"0, 100000", "100000, 0", "100000, 70000", "70000, 100000"})
    void zerosComeOutAsTheyWentIn(int oldSize, int newSize) throws IOException {
        byte[] patch = Patches.write(folder, new byte[oldSize], new byte[newSize]);

        assertThat(Patches.apply(patch, new byte[oldSize], newSize)).isEqualTo(new byte[newSize]);
        assertThat(patch).hasSizeLessThan(100);
    }

    @Test
    void nothingNewTakesNextToNothing() throws IOException {
        byte[] same = random(new Random(3), 500_000, 256);

        assertThat(Patches.write(folder, same, same)).hasSizeLessThan(30);
    }

    @Test
    void whatMovesIsNotSent() throws IOException {
        byte[] old = random(new Random(4), 300_000, 256);
        byte[] made = new byte[old.length];
        System.arraycopy(old, 0, made, 200_000, 100_000);
        System.arraycopy(old, 100_000, made, 0, 200_000);

        assertThat(Patches.write(folder, old, made)).hasSizeLessThan(60);
    }

    /** The same shift of addresses is one difference as a word, and two as bytes where it carries. */
    @Test
    void wordsThatAllGrowAreOneDifference() throws IOException {
        Random random = new Random(5);
        byte[] old = new byte[200_000];
        byte[] made = new byte[200_000];
        for (int i = 0; i < old.length; i += 4) {
            int word = random.nextInt();
            System.arraycopy(bytes(word), 0, old, i, 4);
            System.arraycopy(bytes(word + (i % 16 == 0 ? 0x1f4d3 : 0)), 0, made, i, 4);
        }

        byte[] patch = Patches.write(folder, old, made);

        assertThat(Patches.apply(patch, old, made.length)).isEqualTo(made);
        assertThat(patch).hasSizeLessThan(200);
    }

    /** A thousand functions that call one another; one grows, and all that is beyond it moves. */
    @Test
    void branchesThatLeadToTheSamePlaceAreNotSent() throws IOException {
        Random random = new Random(8);
        int[] code = random.ints(64 * 1000, 0, 1 << 25).toArray();
        int[] grown = new int[code.length + 6];
        for (int i = 0; i < code.length; i += 5) {
            int target = random.nextInt(code.length);
            code[i] = 0x94000000 | target - i & 0x3ffffff;
            grown[moved(i)] = 0x94000000 | moved(target) - moved(i) & 0x3ffffff;
        }
        for (int i = 0; i < code.length; i++) {
            grown[moved(i)] = i % 5 == 0 ? grown[moved(i)] : code[i];
        }

        byte[] patch = Patches.write(folder, bytes(code), bytes(grown));

        assertThat(Patches.apply(patch, bytes(code), grown.length * 4)).isEqualTo(bytes(grown));
        assertThat(patch).hasSizeLessThan(150);
    }

    private static int moved(int word) {
        return word < 30_001 ? word : word + 6;
    }

    private static byte[] bytes(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(words);
        return bytes.array();
    }

    @Test
    void objectsOfOddLengthsKeepTheirWords() throws IOException {
        Random random = new Random(9);
        byte[] old = new byte[300_000];
        byte[] made = new byte[300_000];
        int[] objects = {0, 50_001, 50_001, 120_003, 200_006, 200_010};
        for (int object = 0; object < objects.length; object++) {
            int end = object + 1 < objects.length ? objects[object + 1] : made.length;
            for (int i = objects[object]; i + 4 <= end; i += 4) {
                int word = random.nextInt();
                System.arraycopy(bytes(word), 0, old, i, 4);
                System.arraycopy(bytes(word + (i % 7 == 0 ? 0x1f4d3 : 0)), 0, made, i, 4);
            }
        }
        ByteArrayOutputStream patch = new ByteArrayOutputStream();

        new PatchWriter(folder, (plain, length, window, coded) -> plain.transferTo(coded))
                .write(old, made, objects, patch);

        assertThat(Patches.apply(patch.toByteArray(), old, made.length)).isEqualTo(made);
        assertThat(patch.size()).isLessThan(Patches.write(folder, old, made).length * 3 / 4);
    }

    /** Almost everything is like almost everything else, over long distances. */
    @ParameterizedTest
    @ValueSource(ints = {40, 1000, 60_000})
    void repetitiveContentsTakeNoLongerThanOthers(int distance) {
        Random random = new Random(distance);
        byte[] old = speckled(random, 200_000, distance);
        byte[] made = speckled(random, 200_000, distance);

        byte[] patch = Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(60), () -> Patches.write(folder, old, made), () -> "distance " + distance);

        Assertions.assertDoesNotThrow(
                () -> assertThat(Patches.apply(patch, old, made.length)).isEqualTo(made));
    }

    private static byte[] speckled(Random random, int size, int distance) {
        byte[] bytes = new byte[size];
        for (int i = random.nextInt(distance); i < size; i += 1 + random.nextInt(2 * distance)) {
            bytes[i] = 1;
        }
        return bytes;
    }

    @Test
    void theSameContentsMakeTheSamePatch() throws IOException {
        Random random = new Random(6);
        byte[] old = random(random, 20_000, 16);
        byte[] made = edited(random, old, 16);

        assertThat(Patches.write(folder, old, made)).isEqualTo(Patches.write(folder, old, made));
    }

    @Test
    void noTemporaryFileIsLeft() throws IOException {
        Patches.write(folder, new byte[100], new byte[] {1, 2, 3});

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aPatchIsSmallerThanThatOfBsdiff() throws IOException, InterruptedException {
        Path bsdiff = Path.of("/usr/bin/bsdiff");
        assumeThat(bsdiff).isExecutable();
        Random random = new Random(7);
        byte[] old = random(random, 300_000, 40);
        byte[] made = edited(random, edited(random, edited(random, old, 40), 40), 40);
        Path oldFile = Files.write(folder.resolve("old"), old);
        Path madeFile = Files.write(folder.resolve("new"), made);
        Path theirs = folder.resolve("patch");
        Process process = new ProcessBuilder(
                        bsdiff.toString(), oldFile.toString(), madeFile.toString(), theirs.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(Patches.write(folder, old, made)).hasSizeLessThan((int) Files.size(theirs));
    }

    private static byte[] random(Random random, int size, int letters) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) random.nextInt(letters);
        }
        return bytes;
    }

    /** Inserts, deletes, moves, copies and replaces parts, and changes single bytes. */
    private static byte[] edited(Random random, byte[] old, int letters) {
        byte[] made = old.clone();
        for (int edit = random.nextInt(8); edit >= 0; edit--) {
            int from = random.nextInt(made.length + 1);
            int to = Math.min(made.length, from + random.nextInt(1 + made.length / 4));
            byte[] part = Arrays.copyOfRange(made, from, to);
            made = switch (random.nextInt(5)) {
                case 0 -> spliced(made, from, from, random(random, random.nextInt(300), letters));
                case 1 -> spliced(made, from, to, new byte[0]);
                case 2 -> spliced(made, from, to, random(random, random.nextInt(300), letters));
                case 3 -> moved(random, spliced(made, from, to, new byte[0]), part);
                default -> sprinkled(random, made, letters);
            };
        }
        return made;
    }

    private static byte[] moved(Random random, byte[] bytes, byte[] part) {
        int at = random.nextInt(bytes.length + 1);
        return spliced(bytes, at, at, part);
    }

    private static byte[] sprinkled(Random random, byte[] bytes, int letters) {
        byte[] made = bytes.clone();
        for (int i = random.nextInt(20); i < made.length; i += 1 + random.nextInt(40)) {
            made[i] = (byte) random.nextInt(letters);
        }
        return made;
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] part) {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        made.write(bytes, 0, from);
        made.writeBytes(part);
        made.write(bytes, to, bytes.length - to);
        return made.toByteArray();
    }
}
