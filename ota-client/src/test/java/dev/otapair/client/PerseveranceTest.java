package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PerseveranceTest {
    private static final OtaException LOST = new OtaException(ErrorCode.CONNECTION_LOST, "cut");
    private static final OtaException LATE = new OtaException(ErrorCode.TIMED_OUT, "silent");

    private final Perseverance perseverance = new Perseverance(64);

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

            assertThat(perseverance.goesOn(LOST, 1000, Duration.ofSeconds(1))).isTrue();
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

    @Test
    void anyByteIsEnoughWithoutMinRate() {
        Perseverance endless = new Perseverance(0);

        for (int i = 0; i < 100; i++) {
            assertThat(endless.goesOn(LATE, 1, Duration.ofSeconds(30))).isTrue();
        }
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
        perseverance.goesOn(LOST, 1000, Duration.ofSeconds(1));
        Duration first = perseverance.pause(LOST);
        perseverance.goesOn(LOST, 0, Duration.ZERO);
        perseverance.goesOn(LOST, 0, Duration.ZERO);

        assertThat(first).isEqualTo(Duration.ofMillis(500));
        assertThat(perseverance.pause(LOST)).isEqualTo(Duration.ofSeconds(2));
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
