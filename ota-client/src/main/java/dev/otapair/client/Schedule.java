package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.protocol.error.OtaException;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When a client that stays makes its next run. Part of each wait is by chance: a fleet that got its power back at one moment, or was
 * told one time, must not come all at once.
 *
 * @see "docs/reliability.md, section 3: Trying again"
 */
public final class Schedule {
    private final Duration interval;
    private final Duration splay;
    private final RandomGenerator random;

    /** @param random also says how much of {@code splay} is waited */
    public Schedule(ClientConfig config, RandomGenerator random) {
        this.interval = config.interval();
        this.splay = config.splay();
        this.random = random;
    }

    /** Returns how long to wait before the first run. */
    public Duration first() {
        return anyOfSplay();
    }

    /** Returns how long to wait after a run: what the server advised counts before the board's own interval. */
    public Duration after(Outcome outcome) {
        return outcome.nextPoll().orElse(interval).plus(anyOfSplay());
    }

    /**
     * Returns how long to wait after a run that failed: as long as a busy server asked for, or as always.
     *
     * @param nextPoll what a server advised before the run failed; empty when none did
     */
    public Duration after(OtaException failure, Optional<Duration> nextPoll) {
        return failure.retryAfter().or(() -> nextPoll).orElse(interval).plus(anyOfSplay());
    }

    private Duration anyOfSplay() {
        return Duration.ofMillis(random.nextLong(splay.toMillis() + 1));
    }
}
