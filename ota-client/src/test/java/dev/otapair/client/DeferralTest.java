package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.config.WaitSettings;
import dev.otapair.client.config.Windows;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a package may be installed, whatever becomes of the board's clock. */
class DeferralTest {
    private static final Instant BUILT = Instant.parse("2026-11-24T00:00:00Z");
    private static final String CLOSED = "2026-11-30T12:00:00Z";
    private static final String OPEN = "2026-11-30T02:30:00Z";
    private static final Deployment NEXT = new Deployment(
            InstalledRelease.seeded(Optional.of(new PackageName("fw"))),
            new PackageName("fw"),
            new Digest(Digest.Algorithm.SHA256, "1".repeat(64)),
            1,
            false);

    @Test
    void windowFollowsAClockThatIsSetForward() {
        assertThat(reason(CLOSED, Duration.ZERO)).get().asString().startsWith("the window opens 2026-12-01 02:00");
        assertThat(reason("2026-12-01T03:59:59Z", Duration.ZERO)).isEmpty();
    }

    @Test
    void windowFollowsAClockThatIsSetBack() {
        assertThat(reason(OPEN, Duration.ZERO)).isEmpty();
        assertThat(reason("2026-11-30T01:59:59Z", Duration.ZERO)).isPresent();
    }

    /** A Thursday, half past two, as far as the clock knows. */
    @Test
    void clockThatWasNeverSetOpensNoWindow() {
        assertThat(reason("1970-01-01T02:30:00Z", Duration.ZERO))
                .get()
                .asString()
                .isEqualTo(
                        "this board's clock says 1970-01-01 02:30 Z, which it cannot be, so that no window can be told");
    }

    /** Waiting is counted in uptime, which no clock changes. */
    @Test
    void longestDeferralIsOverWhateverTheClockSays() {
        assertThat(reason("1970-01-01T02:30:00Z", Duration.ofDays(3))).isEmpty();
        assertThat(reason(CLOSED, Duration.ofDays(3))).isEmpty();
        assertThat(reason(CLOSED, Duration.ofDays(3).minusSeconds(1))).isPresent();
    }

    @Test
    void urgentReleaseWaitsForNoWindow() {
        assertThat(deferral(CLOSED).reason(NEXT, true, Duration.ZERO)).isEmpty();
        assertThat(deferral("1970-01-01T12:00:00Z").reason(NEXT, true, Duration.ZERO))
                .isEmpty();
    }

    private static Optional<String> reason(String time, Duration waited) {
        return deferral(time).reason(NEXT, false, waited);
    }

    private static Deferral deferral(String time) {
        WaitSettings settings = new WaitSettings(
                Optional.of(Windows.parse("Mon-Fri 02:00-04:00")),
                Optional.of(ZoneOffset.UTC),
                Optional.empty(),
                Optional.of(Duration.ofDays(3)));
        return new Deferral(settings, Optional.empty(), Clock.fixed(Instant.parse(time), ZoneOffset.UTC), () -> BUILT);
    }
}
