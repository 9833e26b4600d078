package dev.otapair.client;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often a run makes a connection that broke good by another: as long as they bring something, at no less than
 * {@code min_rate}. A server that gives a byte now and then must not hold a run for ever. Not thread-safe.
 *
 * @see "PROTOCOL.md, section 7.7: Deadlines and limits"
 */
final class Perseverance {
    /** What another connection may make good. */
    private static final Set<ErrorCode> CURABLE =
            Set.of(ErrorCode.CONNECTION_LOST, ErrorCode.TIMED_OUT, ErrorCode.UNREACHABLE, ErrorCode.SERVER_BUSY);

    /** Connections in a row that may bring too little. */
    private static final int MAX_FRUITLESS = 4;

    /** Time that such connections may take together: what {@code min_rate} is an average over. */
    private static final Duration MAX_SLOW = Duration.ofSeconds(120);

    private static final Duration PAUSE = Duration.ofMillis(500);

    private final int minRate;
    private int fruitless;
    private Duration slow = Duration.ZERO;

    /** @param minRate bytes per second */
    Perseverance(int minRate) {
        this.minRate = minRate;
    }

    /**
     * Says whether to try once more.
     *
     * @param failure what a connection ended with
     * @param brought bytes of the package that it brought
     * @param receiving how long it took for them
     */
    boolean goesOn(OtaException failure, long brought, Duration receiving) {
        boolean isFruitful = brought > 0 && brought >= minRate * receiving.toMillis() / 1000;
        fruitless = isFruitful ? 0 : fruitless + 1;
        slow = isFruitful ? Duration.ZERO : slow.plus(receiving);
        return CURABLE.contains(failure.code()) && fruitless <= MAX_FRUITLESS && slow.compareTo(MAX_SLOW) < 0;
    }

    /** Returns how long to wait before: what the server asked for and up to half as much, or longer from time to time. */
    Duration pause(OtaException failure) {
        return failure.retryAfter()
                .map(asked -> asked.plusMillis(ThreadLocalRandom.current().nextLong(asked.toMillis() / 2 + 1)))
                .orElseGet(() -> PAUSE.multipliedBy(1L << fruitless));
    }
}
