package dev.otapair.server.session;

import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Slows down who guesses tokens: an address with too many wrong ones within a minute is not listened to for a minute. Other
 * addresses do not notice. Thread-safe; remembers a bounded number of addresses.
 *
 * @see "PROTOCOL.md, section 7.2: Proofs"
 */
public final class FailedProofs {
    private static final int ALLOWED = 10;
    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MAX_ADDRESSES = 10_000;

    private final Ticker ticker;
    private final Map<InetAddress, Record> records = new LinkedHashMap<>();

    /** @param ticker tells the time */
    public FailedProofs(Ticker ticker) {
        this.ticker = ticker;
    }

    /** Says whether an address is to be turned away. */
    synchronized boolean isRefused(InetAddress address) {
        Record record = records.get(address);
        return record != null && record.failures > ALLOWED && !isOver(record);
    }

    /** Counts a failure. The minute of an address that goes on failing begins anew once it is refused. */
    synchronized void add(InetAddress address) {
        Record before = records.remove(address);
        long now = ticker.nanoTime();
        Record record = before == null || isOver(before) ? new Record(now, 1) : before.oneMore(now);
        records.put(address, record);
        if (records.size() > MAX_ADDRESSES) {
            records.remove(records.keySet().iterator().next());
        }
    }

    private boolean isOver(Record record) {
        return ticker.nanoTime() - record.start > WINDOW_NANOS;
    }

    private record Record(long start, int failures) {
        Record oneMore(long now) {
            return new Record(failures == ALLOWED ? now : start, failures + 1);
        }
    }
}
