package dev.otapair.client.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedTimeTest {
    private static final Instant BUILT = Instant.parse("2026-11-24T00:00:00Z");
    private static final Instant NOW = Instant.parse("2027-01-01T12:00:00Z");
    private static final OptionalLong NOBODY = OptionalLong.empty();
    private static final Optional<Instant> NOTHING = Optional.empty();

    @Test
    void ownClockCountsWhenNobodySaysOtherwise() {
        assertThat(at(NOW).now(NOBODY, NOTHING)).isEqualTo(NOW);
    }

    @Test
    void ownClockCountsWhenTheServersIsLessThanADayOff() {
        assertThat(at(NOW).now(seconds(NOW.plusSeconds(86_400)), NOTHING)).isEqualTo(NOW);
        assertThat(at(NOW).now(seconds(NOW.minusSeconds(86_400)), NOTHING)).isEqualTo(NOW);
    }

    @Test
    void serversClockCountsWhenOursIsMoreThanADayOff() {
        Instant ahead = NOW.plusSeconds(86_401);

        assertThat(at(NOW).now(seconds(ahead), NOTHING)).isEqualTo(ahead);
        assertThat(at(Instant.EPOCH).now(seconds(NOW), NOTHING)).isEqualTo(NOW);
        assertThat(at(Instant.parse("2046-11-24T00:00:00Z")).now(seconds(NOW), NOTHING))
                .isEqualTo(NOW);
    }

    @Test
    void noTimeIsBeforeTheBuildOrTheNewestRelease() {
        Instant newest = NOW.minusSeconds(60);

        assertThat(at(Instant.EPOCH).now(NOBODY, NOTHING)).isEqualTo(BUILT);
        assertThat(at(Instant.EPOCH).now(NOBODY, Optional.of(newest))).isEqualTo(newest);
        assertThat(at(Instant.EPOCH).now(OptionalLong.of(0), Optional.of(Instant.EPOCH)))
                .isEqualTo(BUILT);
    }

    /** A server that lies about the time can make a release look expired, no more; and nothing overflows. */
    @ParameterizedTest
    @ValueSource(longs = {0, 253_402_300_799L, 9_007_199_254_740_991L, Long.MAX_VALUE})
    void anyNumberIsATime(long now) {
        assertThat(at(NOW).now(OptionalLong.of(now), NOTHING)).isBetween(BUILT, Instant.parse("9999-12-31T23:59:59Z"));
    }

    @Test
    void creationMoreThanADayAheadOfTheServerIsAhead() {
        TrustedTime time = at(NOW);

        assertThat(time.isAhead(NOW.plusSeconds(86_400), seconds(NOW))).isFalse();
        assertThat(time.isAhead(NOW.plusSeconds(86_401), seconds(NOW))).isTrue();
        assertThat(time.isAhead(NOW.plusSeconds(86_401), OptionalLong.of(Long.MAX_VALUE)))
                .isFalse();
    }

    @Test
    void creationMoreThanADayAheadOfTheOwnClockIsAheadWhereNobodyElseIsAsked() {
        assertThat(at(NOW).isAhead(NOW.plusSeconds(86_400), NOBODY)).isFalse();
        assertThat(at(NOW).isAhead(NOW.plusSeconds(86_401), NOBODY)).isTrue();
        assertThat(at(Instant.EPOCH).isAhead(BUILT.plusSeconds(86_400), NOBODY)).isFalse();
        assertThat(at(Instant.EPOCH).isAhead(NOW, NOBODY)).isTrue();
    }

    @Test
    void newestReleaseThatTheServersClockRefutesDoesNotCount() {
        assertThat(at(NOW).now(seconds(NOW), Optional.of(NOW.plusSeconds(86_401))))
                .isEqualTo(NOW);
        assertThat(at(NOW).now(seconds(NOW), Optional.of(NOW.plusSeconds(86_400))))
                .isEqualTo(NOW.plusSeconds(86_400));
    }

    private static TrustedTime at(Instant time) {
        return new TrustedTime(Clock.fixed(time, ZoneOffset.UTC), () -> BUILT);
    }

    private static OptionalLong seconds(Instant time) {
        return OptionalLong.of(time.getEpochSecond());
    }
}
