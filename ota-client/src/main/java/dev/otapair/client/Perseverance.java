package dev.otapair.client;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often a run makes a connection that broke good by another: as long as they bring {@value #MIN_BYTES} bytes each, at no less than
 * {@code min_rate}. A server that gives a byte now and then must not hold a run for ever. Not thread-safe.
 *
 * @see "docs/reliability.md, section 3: Trying again"
 */
final class Perseverance {
    /** What another connection may make good. */
    private static final Set<ErrorCode> CURABLE =
            Set.of(ErrorCode.CONNECTION_LOST, ErrorCode.TIMED_OUT, ErrorCode.UNREACHABLE, ErrorCode.SERVER_BUSY);

    /** Less of a package than this is no fruit. A connection that brought all that was missing has not failed. */
    static final int MIN_BYTES = 4096;

    /** Time that connections without fruit may take together, in a row: what {@code min_rate} is an average over. */
    private static final Duration MAX_SLOW = Duration.ofSeconds(120);

    /** Whom a server asks to come later than that asks another one, or comes in the next run. */
    private static final Duration MAX_ASKED = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(60);
    private static final int MAX_DOUBLINGS = 7;

    private final int minRate;
    private final int retries;
    private int fruitless;
    private Duration slow = Duration.ZERO;
    private Duration lost = Duration.ZERO;

    /**
     * @param minRate bytes per second
     * @param retries connections in a row that may bring too little
     */
    Perseverance(int minRate, int retries) {
        this.minRate = minRate;
        this.retries = retries;
    }

    /** Says whether another connection, to this server or another one, may make it good. */
    static boolean isCurable(OtaException failure) {
        boolean isSoon = failure.retryAfter()
                .filter(asked -> asked.compareTo(MAX_ASKED) > 0)
                .isEmpty();
        return isSoon && CURABLE.contains(failure.code());
    }

    /**
     * Says whether to try once more.
     *
     * @param failure what a connection ended with
     * @param brought bytes of the package that it brought, and that need not come again
     * @param taken how long it took, from before it was made
     */
    boolean goesOn(OtaException failure, long brought, Duration taken) {
        boolean isFruitful = brought >= MIN_BYTES && brought >= minRate * taken.toMillis() / 1000;
        fruitless = isFruitful ? 0 : fruitless + 1;
        slow = isFruitful ? Duration.ZERO : slow.plus(taken);
        lost = isFruitful ? lost : lost.plus(taken);
        return isCurable(failure) && fruitless <= retries && slow.compareTo(MAX_SLOW) < 0;
    }

    /** Says whether the last connection brought too little. */
    boolean wasFruitless() {
        return fruitless > 0;
    }

    /** Returns how much time connections without fruit have taken in all. */
    Duration lost() {
        return lost;
    }

    /** Returns how long to wait before: what the server asked for and up to half as much, or a random time of a growing one. */
    Duration pause(OtaException failure) {
        return failure.retryAfter()
                .map(asked -> asked.plus(anyOf(asked.dividedBy(2))))
                .orElseGet(() -> anyOf(longest()));
    }

    private Duration longest() {
        Duration grown = PAUSE.multipliedBy(1L << Math.min(Math.max(0, fruitless - 1), MAX_DOUBLINGS));
        return grown.compareTo(MAX_PAUSE) < 0 ? grown : MAX_PAUSE;
    }

    /** All of it is random: many boards that were cut at once must not come back at once. */
    private static Duration anyOf(Duration time) {
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(time.toMillis() + 1));
    }
}
