package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SuffixArrayTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 26, 256})
    void randomTextsAreSortedAsComparingSortsThem(int letters) {
        for (long seed = 0; seed < 150; seed++) {
            Random random = new Random(seed);
            byte[] text = new byte[random.nextInt(200)];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) (random.nextInt(letters) * 37 + 100);
            }

            assertThat(SuffixArray.of(text)).as("seed %d", seed).isEqualTo(compared(text));
        }
    }

    @Test
    void periodicTextsAreSortedAsComparingSortsThem() {
        for (long seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            int period = 1 + random.nextInt(12);
            byte[] text = new byte[period + random.nextInt(300)];
            for (int i = 0; i < text.length; i++) {
                text[i] = i < period || random.nextInt(100) == 0 ? (byte) (random.nextInt(3) - 1) : text[i - period];
            }

            assertThat(SuffixArray.of(text)).as("seed %d", seed).isEqualTo(compared(text));
        }
    }

    /** Fibonacci words go up and down as often as can be, at every level of the recursion. */
    @Test
    void wordsThatRepeatAtAllScalesAreSortedAsComparingSortsThem() {
        StringBuilder before = new StringBuilder("b");
        StringBuilder word = new StringBuilder("a");
        while (word.length() < 3000) {
            StringBuilder next = new StringBuilder(word).append(before);
            before = word;
            word = next;
            byte[] text = word.toString().getBytes(StandardCharsets.US_ASCII);

            assertThat(SuffixArray.of(text)).as("%d letters", text.length).isEqualTo(compared(text));
        }
    }

    @Test
    void aLongTextIsInOrder() {
        Random random = new Random(7);
        byte[] text = new byte[1 << 19];
        random.nextBytes(text);
        for (int i = 0; i < 200; i++) {
            int length = random.nextInt(20_000);
            System.arraycopy(
                    text, random.nextInt(text.length - length), text, random.nextInt(text.length - length), length);
        }

        int[] sorted = SuffixArray.of(text);

        for (int i = 1; i < sorted.length; i++) {
            int low = sorted[i - 1];
            int high = sorted[i];
            if (Arrays.compareUnsigned(text, low, text.length, text, high, text.length) >= 0) {
                Assertions.fail("place " + i);
            }
        }
        assertThat(Arrays.stream(sorted).distinct().count()).isEqualTo(text.length);
    }

    @Test
    void equalBytesTakeNoLongerThanOthers() {
        byte[] text = new byte[8 << 20];

        int[] sorted = Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> SuffixArray.of(text));

        assertThat(sorted[0]).isEqualTo(text.length - 1);
        assertThat(sorted[text.length - 1]).isZero();
    }

    private static int[] compared(byte[] text) {
        return IntStream.range(0, text.length)
                .boxed()
                .sorted(Comparator.comparing(
                        from -> from,
                        (one, other) -> Arrays.compareUnsigned(text, one, text.length, text, other, text.length)))
                .mapToInt(from -> from)
                .toArray();
    }
}
