package dev.otapair.client.release;

import dev.otapair.protocol.log.Loggers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * What time it is, on a board whose clock may stand at 1970. Good enough to tell whether a release has expired, and for nothing
 * else.
 *
 * @param clock of this board
 * @param built when this program was; it cannot be earlier than that
 * @see "PROTOCOL.md, section 8.4: Time"
 */
public record TrustedTime(Clock clock, Supplier<Instant> built) {
    private static final Logger LOG = Loggers.of(TrustedTime.class);

    /** A clock that is off by more is wrong. */
    private static final Duration TOLERANCE = Duration.ofDays(1);

    /** The last day of the year 9999. */
    private static final Instant LATEST = Instant.ofEpochSecond(253_402_214_400L);

    /**
     * Returns what to take for now.
     *
     * @param serverNow what a sealed answer said, in seconds since 1970
     * @param newest the latest time at which any release was created that this board has verified
     */
    public Instant now(OptionalLong serverNow, Optional<Instant> newest) {
        Instant believed = believed(serverNow);
        Instant built = this.built.get();
        Instant earliest = newest.filter(built::isBefore)
                .filter(created -> serverNow.isEmpty() || !isAhead(created, serverNow))
                .orElse(built);
        return believed.isBefore(earliest) ? earliest : believed;
    }

    /**
     * Says whether a release claims to come from the future: a wrong clock of a publisher's must not become this board's. Where
     * no server says what time it is, the board's own clock has to do.
     */
    public boolean isAhead(Instant created, OptionalLong serverNow) {
        Instant now = serverNow.isPresent() ? server(serverNow) : now(serverNow, Optional.empty());
        return created.isAfter(now.plus(TOLERANCE));
    }

    private Instant believed(OptionalLong serverNow) {
        Instant own = clock.instant();
        if (serverNow.isEmpty()) {
            return own;
        }
        Instant server = server(serverNow);
        if (Duration.between(own, server).abs().compareTo(TOLERANCE) <= 0) {
            return own;
        }
        LOG.warn("The clock of this board says {}, the server's {}; for this run the server's counts", own, server);
        return server;
    }

    /** A peer may say any number; times have bounds. */
    private static Instant server(OptionalLong serverNow) {
        long seconds = Math.min(serverNow.getAsLong(), Instant.MAX.getEpochSecond());
        return Instant.ofEpochSecond(seconds).isAfter(LATEST) ? LATEST : Instant.ofEpochSecond(seconds);
    }
}
