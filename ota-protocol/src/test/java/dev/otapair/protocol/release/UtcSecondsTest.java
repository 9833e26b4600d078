package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UtcSecondsTest {
    private static final long SEED = 20261128;

    @Test
    void timesAreReadAndWrittenAsJavaDoes() {
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            Instant time = Instant.ofEpochSecond(
                    random.nextLong(-62_167_219_200L, 253_402_300_800L), random.nextInt(1_000_000_000));
            Instant seconds = time.truncatedTo(ChronoUnit.SECONDS);
            assertThat(UtcSeconds.text(time)).as("seed %d, %s", SEED, time).isEqualTo(seconds.toString());
            assertThat(UtcSeconds.parse(seconds.toString())).isEqualTo(seconds);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2028-02-29T00:00:00Z",
                "0000-01-01T00:00:00Z",
                "9999-12-31T23:59:59Z",
                "2026-11-22T24:00:00Z",
                "2016-12-31T23:59:60Z"
            })
    void edgesAreReadAsJavaDoes(String text) {
        assertThat(UtcSeconds.parse(text)).isEqualTo(Instant.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026-11-22",
                "2026-11-22T10:00:00",
                "2026-11-22t10:00:00z",
                "2026-11-22T10:00:00.0Z",
                "2026-02-29T10:00:00Z",
                "2026-13-01T10:00:00Z",
                "2026-11-22T25:00:00Z",
                "2026-11-22T24:00:01Z",
                "2026-11-22T10:60:00Z",
                "2026-11-22T10:00:61Z",
                "+2026-11-2T10:00:00Z",
                "\u0662026-11-22T10:00:00Z",
                "2026-11-22T10:00:00Z "
            })
    void whatIsNoTimeIsRefused(String text) {
        assertThatThrownBy(() -> UtcSeconds.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatHasNoFourDigitsOfAYearIsWrittenAsJavaDoes() {
        assertThat(UtcSeconds.text(Instant.MAX)).isEqualTo(Instant.MAX.toString());
        assertThat(UtcSeconds.text(Instant.MIN)).isEqualTo(Instant.MIN.toString());
    }
}
