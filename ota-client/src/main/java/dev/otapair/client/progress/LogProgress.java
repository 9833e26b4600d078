package dev.otapair.client.progress;

import dev.otapair.protocol.log.Loggers;
import org.slf4j.Logger;

/** A log line per ten percent: for cron, systemd and files. */
public final class LogProgress implements Progress {
    private static final Logger LOG = Loggers.of(LogProgress.class);
    private static final int STEP_PERCENT = 10;

    private final String name;
    private final long total;
    private long done;
    private long nextPercent = STEP_PERCENT;

    /** @param total bytes in all, 0 or more */
    public LogProgress(String name, long total) {
        this.name = name;
        this.total = total;
    }

    @Override
    public void advance(long bytes) {
        done += bytes;
        long percent = total == 0 ? 100 : (long) (100.0 * done / total);
        if (percent >= nextPercent) {
            LOG.info("{}: {} %, {} of {} bytes", name, percent, done, total);
            nextPercent = percent - percent % STEP_PERCENT + STEP_PERCENT;
        }
    }

    @Override
    public void close() {}
}
