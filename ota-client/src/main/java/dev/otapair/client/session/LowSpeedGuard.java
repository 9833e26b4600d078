package dev.otapair.client.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.util.concurrent.TimeUnit;

/** Ends a download that goes on, but so slowly that somebody must want it so: a byte now and then defeats a deadline. Times are nanoseconds. */
final class LowSpeedGuard {
    private static final long WINDOW_SECONDS = 120;
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(WINDOW_SECONDS);

    private final long minBytes;
    private long bytes;
    private boolean isOpen;
    private long end;

    /** @param minRate bytes per second, on average over 120 s; 0 is no limit */
    LowSpeedGuard(long minRate) {
        this.minBytes = minRate * WINDOW_SECONDS;
    }

    /**
     * Some of a package came.
     *
     * @param last whether it ends with these
     */
    void count(int length, boolean last, long now) {
        if (!isOpen) {
            open(now);
        }
        bytes += length;
        isOpen = !last;
    }

    /** @throws OtaException TIMED_OUT if a window is over in which too little came */
    void look(long now) {
        if (isOpen && now - end >= 0) {
            if (bytes < minBytes) {
                throw new OtaException(
                        ErrorCode.TIMED_OUT,
                        "%d bytes came in %d s, min_rate asks for %d".formatted(bytes, WINDOW_SECONDS, minBytes));
            }
            open(now);
        }
    }

    /** Returns for how long there is nothing to look at. */
    long nanosUntilLook(long now) {
        return isOpen ? end - now : Long.MAX_VALUE;
    }

    private void open(long now) {
        isOpen = true;
        bytes = 0;
        end = now + WINDOW;
    }
}
