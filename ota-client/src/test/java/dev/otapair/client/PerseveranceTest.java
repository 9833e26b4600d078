package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PerseveranceTest {
    private static final OtaException LOST = new OtaException(ErrorCode.CONNECTION_LOST, "cut");
    private static final OtaException LATE = new OtaException(ErrorCode.TIMED_OUT, "silent");

    private final Perseverance perseverance = new Perseverance(64, 4);

    @Test
    void lineThatBringsSomethingIsTriedWithoutEnd() {
        for (int i = 0; i < 1000; i++) {
            assertThat(perseverance.goesOn(LOST, 100_000, Duration.ofSeconds(10)))
                    .isTrue();
        }
    }

    @Test
    void fifthConnectionInARowThatBringsNothingIsTheLast() {
        for (int i = 0; i < 4; i++) {
            assertThat(perseverance.goesOn(LOST, 0, Duration.ZERO)).isTrue();
        }

        assertThat(perseverance.goesOn(LOST, 0, Duration.ZERO)).isFalse();
    }

    @Test
    void connectionThatBringsSomethingMakesUpForThoseThatDidNot() {
        for (int i = 0; i < 100; i++) {
            perseverance.goesOn(LOST, 0, Duration.ZERO);

            assertThat(perseverance.goesOn(LOST, 4096, Duration.ofSeconds(1))).isTrue();
        }
    }

    /** T6: the guard cuts a drip after 120 s; another 120 s would be its gain. */
    @Test
    void dripForAsLongAsMinRateIsAnAverageOverIsEnough() {
        assertThat(perseverance.goesOn(LATE, 12, Duration.ofSeconds(120))).isFalse();
    }

    /** T6: a byte, and silence for a read_timeout. */
    @Test
    void byteNowAndThenIsNoFruit() {
        for (int i = 0; i < 3; i++) {
            assertThat(perseverance.goesOn(LATE, 1, Duration.ofSeconds(30))).isTrue();
        }

        assertThat(perseverance.goesOn(LATE, 1, Duration.ofSeconds(30))).isFalse();
    }

    /** However fast they come: a package of some MB would hold the run for days. */
    @Test
    void fewBytesAConnectionAreNoFruit() {
        for (int i = 0; i < 4; i++) {
            assertThat(perseverance.goesOn(LOST, 4095, Duration.ZERO)).isTrue();
        }

        assertThat(perseverance.goesOn(LOST, 4095, Duration.ZERO)).isFalse();
        assertThat(perseverance.wasFruitless()).isTrue();
    }

    @Test
    void fourKibibytesAreEnoughWithoutMinRate() {
        Perseverance endless = new Perseverance(0, 4);

        for (int i = 0; i < 100; i++) {
            assertThat(endless.goesOn(LATE, 4096, Duration.ofSeconds(100))).isTrue();
            assertThat(endless.wasFruitless()).isFalse();
        }
    }

    /** Silence before the package counts like silence within it. */
    @Test
    void silenceOfTwoMinutesIsEnough() {
        assertThat(perseverance.goesOn(LATE, 0, Duration.ofSeconds(119))).isTrue();

        assertThat(perseverance.goesOn(LATE, 0, Duration.ofSeconds(1))).isFalse();
        assertThat(perseverance.lost()).isEqualTo(Duration.ofSeconds(120));
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"CONNECTION_LOST", "TIMED_OUT", "UNREACHABLE", "SERVER_BUSY"},
            mode = EnumSource.Mode.EXCLUDE)
    void nothingElseIsCuredByAnotherConnection(ErrorCode code) {
        assertThat(perseverance.goesOn(new OtaException(code, ""), 1_000_000, Duration.ofSeconds(1)))
                .isFalse();
    }

    @Test
    void pauseGrowsWhileNothingComes() {
        perseverance.goesOn(LOST, 4096, Duration.ofSeconds(1));
        Duration first = perseverance.pause(LOST);
        perseverance.goesOn(LOST, 0, Duration.ZERO);
        perseverance.goesOn(LOST, 0, Duration.ZERO);

        assertThat(first).isBetween(Duration.ZERO, Duration.ofMillis(500));
        assertThat(longestOf(perseverance)).isBetween(Duration.ofMillis(900), Duration.ofSeconds(1));
        for (int i = 0; i < 100; i++) {
            perseverance.goesOn(LOST, 0, Duration.ZERO);
        }
        assertThat(longestOf(perseverance)).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
    }

    /** Full jitter: any time up to the longest is as likely as any other. */
    @Test
    void pausesAreSpreadOverAllOfTheTime() {
        perseverance.goesOn(LOST, 0, Duration.ZERO);

        assertThat(IntStream.range(0, 1000)
                        .mapToLong(i -> perseverance.pause(LOST).toMillis()))
                .anyMatch(pause -> pause < 100)
                .anyMatch(pause -> pause > 200 && pause < 300)
                .anyMatch(pause -> pause > 400);
    }

    /** A run does not sleep for an hour: the next one comes then. */
    @Test
    void serverThatAsksForMoreThanAMinuteEndsTheRun() {
        assertThat(perseverance.goesOn(
                        new OtaException(ErrorCode.SERVER_BUSY, "busy", Duration.ofSeconds(61)), 0, Duration.ZERO))
                .isFalse();
        assertThat(perseverance.goesOn(
                        new OtaException(ErrorCode.SERVER_BUSY, "busy", Duration.ofSeconds(60)), 0, Duration.ZERO))
                .isTrue();
    }

    private static Duration longestOf(Perseverance perseverance) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> perseverance.pause(LOST))
                .max(Duration::compareTo)
                .orElseThrow();
    }

    /** PROTOCOL.md 7.4: at least what a busy server asks for, and some random time more. */
    @Test
    void busyServerIsNotAskedBeforeItsTime() {
        OtaException busy = new OtaException(ErrorCode.SERVER_BUSY, "busy", Duration.ofSeconds(20));

        for (int i = 0; i < 100; i++) {
            assertThat(perseverance.pause(busy)).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(30));
        }
    }
}
