package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.server.CapturedLog;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class LegacyCensusTest {
    private final SetClock clock = new SetClock();
    private final LegacyCensus census = new LegacyCensus(clock);

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void addressIsWarnedOfOnceADay() {
        try (CapturedLog log = new CapturedLog()) {
            census.add(address("10.0.0.1"));
            census.add(address("10.0.0.1"));
            clock.now = Instant.parse("2026-03-23T23:59:59Z");
            census.add(address("10.0.0.1"));

            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("[WARNING]")
                    .contains("10.0.0.1 sent the token in clear (v1); so did 1 address today");
        }
    }

    @Test
    void addressesAreCounted() {
        try (CapturedLog log = new CapturedLog()) {
            census.add(address("10.0.0.1"));
            census.add(address("10.0.0.2"));
            census.add(address("2001:db8::7"));

            assertThat(log.lines()).last().asString().contains("so did 3 addresses today");
        }
    }

    @Test
    void nextDayBeginsAnew() {
        try (CapturedLog log = new CapturedLog()) {
            census.add(address("10.0.0.1"));
            census.add(address("10.0.0.2"));
            clock.now = Instant.parse("2026-03-24T00:00:00Z");

            census.add(address("10.0.0.2"));

            assertThat(log.lines())
                    .hasSize(3)
                    .last()
                    .asString()
                    .contains("10.0.0.2")
                    .contains("1 address today");
        }
    }

    private static final class SetClock extends Clock {
        private Instant now = Instant.parse("2026-03-23T00:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
