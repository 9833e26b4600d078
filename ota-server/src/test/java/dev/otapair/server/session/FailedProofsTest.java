package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailedProofsTest {
    private static final InetAddress GUESSER = address(1);
    private static final InetAddress OTHER = address(2);

    private final MockTicker ticker = Ticker.newMockTicker();
    private final FailedProofs failures = new FailedProofs(ticker);

    private static InetAddress address(int number) {
        try {
            return InetAddress.getByAddress(
                    new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            failures.add(GUESSER);
        }
    }

    @Test
    void tenFailuresAMinuteAreAllowed() {
        fail(10);

        assertThat(failures.isRefused(GUESSER)).isFalse();
    }

    @Test
    void eleventhFailureRefusesTheAddress() {
        fail(11);

        assertThat(failures.isRefused(GUESSER)).isTrue();
    }

    @Test
    void otherAddressesNoticeNothing() {
        fail(11);

        assertThat(failures.isRefused(OTHER)).isFalse();
    }

    @Test
    void addressIsRefusedForAMinuteFromTheEleventhFailureOn() {
        fail(10);
        ticker.advance(50, TimeUnit.SECONDS);
        fail(1);

        ticker.advance(60, TimeUnit.SECONDS);
        assertThat(failures.isRefused(GUESSER)).isTrue();
        ticker.advance(1, TimeUnit.SECONDS);
        assertThat(failures.isRefused(GUESSER)).isFalse();
    }

    @Test
    void failuresAfterAMinuteAreCountedAnew() {
        fail(10);
        ticker.advance(61, TimeUnit.SECONDS);
        fail(10);

        assertThat(failures.isRefused(GUESSER)).isFalse();
    }

    @Test
    void memoryIsBoundedAndTheLatestAreRemembered() {
        for (int number = 0; number < 20_000; number++) {
            for (int i = 0; i < 11; i++) {
                failures.add(address(number));
            }
        }

        assertThat(failures.isRefused(address(9_999))).isFalse();
        assertThat(failures.isRefused(address(10_000))).isTrue();
        assertThat(failures.isRefused(address(19_999))).isTrue();
    }
}
