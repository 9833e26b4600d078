package dev.otapair.server.session;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much the kernel may hold of each body that is on its way (SO_SNDBUF, in bytes; the kernel takes twice that at most). A transfer
 * begins with little: the kernel asks for more when a third has gone, and until then a slow peer looks like one that takes nothing.
 * One that is seen to be fast gets more, while there are few: where it has to wait for room it wakes the server, and its peer, for
 * every packet, and over a long way the buffer bounds the rate. Thread-safe.
 */
public final class SendBuffers {
    public static final int LEAST_BYTES = 256 * 1024;
    static final int MOST_BYTES = 2 * 1024 * 1024;

    /** What the fast ones have together, as long as that is not less than the least for each. */
    static final int ALL_BYTES = 32 * 1024 * 1024;

    private final AtomicInteger transfers = new AtomicInteger();

    /** One more transfer; each ends once. */
    void begin() {
        transfers.incrementAndGet();
    }

    void end() {
        transfers.decrementAndGet();
    }

    /** Says whether they are so few that each may have what makes it fast. */
    boolean areFew() {
        return share() == MOST_BYTES;
    }

    /** Returns what a fast one of them may have now. */
    int share() {
        int fair = ALL_BYTES / Math.max(1, transfers.get());
        return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, fair));
    }
}
