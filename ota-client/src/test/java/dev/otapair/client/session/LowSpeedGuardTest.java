package dev.otapair.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.OtaException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** T6: a download that drips is ended, however often a byte comes. Time stands still but for {@link #pass}. */
class LowSpeedGuardTest {
    private final List<OtaException> failures = new ArrayList<>();
    private LowSpeedGuard guard;
    private long now = Long.MAX_VALUE;

    @Test
    void dripIsEndedWhenTheWindowIsOver() {
        open(64);
        drip(12);

        boolean wasFine = failures.isEmpty();
        pass(120);

        assertThat(wasFine).isTrue();
        assertThat(failures).singleElement().satisfies(failure -> {
            assertThat(failure.code().exitStatus()).isEqualTo(75);
            assertThat(failure).hasMessageContaining("min_rate");
        });
    }

    @Test
    void exactlyTheLeastIsEnough() {
        open(64);
        chunk(64 * 120, false);

        pass(120);

        assertThat(failures).isEmpty();
    }

    @Test
    void oneByteLessIsNot() {
        open(64);
        chunk(64 * 120 - 1, false);

        pass(120);

        assertThat(failures).hasSize(1);
    }

    @Test
    void everyWindowIsJudgedByItself() {
        open(64);
        chunk(1_000_000, false);
        pass(120);
        boolean wasFine = failures.isEmpty();
        chunk(1, false);

        pass(120);

        assertThat(wasFine).isTrue();
        assertThat(failures).hasSize(1);
    }

    @Test
    void nothingIsJudgedBeforeThePackageBegins() {
        open(64);

        pass(1000);

        assertThat(failures).isEmpty();
    }

    @Test
    void nothingIsJudgedAfterItsLastByte() {
        open(64);
        chunk(1, true);

        pass(1000);

        assertThat(failures).isEmpty();
        assertThat(guard.nanosUntilLook(now)).isEqualTo(Long.MAX_VALUE);
    }

    /** A package that changed while it was asked for ends before it began; the one that is asked for then counts. */
    @Test
    void packageAfterAnEmptyOneIsJudged() {
        open(64);
        chunk(0, true);
        chunk(1, false);

        pass(120);

        assertThat(failures).hasSize(1);
    }

    @Test
    void noLimitIsNoLimit() {
        open(0);
        chunk(1, false);

        pass(1000);

        assertThat(failures).isEmpty();
    }

    private void open(long minRate) {
        guard = new LowSpeedGuard(minRate);
    }

    private void drip(int bytes) {
        for (int i = 0; i < bytes; i++) {
            chunk(1, false);
        }
    }

    private void chunk(int bytes, boolean isLast) {
        guard.count(bytes, isLast, now);
    }

    private void pass(long seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
        try {
            guard.look(now);
        } catch (OtaException e) {
            failures.add(e);
        }
    }
}
