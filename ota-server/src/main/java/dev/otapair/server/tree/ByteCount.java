package dev.otapair.server.tree;

import java.io.InputStream;

/** Counts the bytes of one work as they are read, and reports them. */
public final class ByteCount {
    private final String work;
    private final long total;
    private final Progress progress;
    private long done;

    /**
     * @param work in one word, as {@code reading}
     * @param total bytes there will be
     */
    public ByteCount(String work, long total, Progress progress) {
        this.work = work;
        this.total = total;
        this.progress = progress;
    }

    /** Counts some. */
    public void add(long bytes) {
        done += bytes;
        progress.report(work, done, total);
    }

    /** Returns what counts the bytes that are read through it. */
    InputStream of(InputStream content) {
        return new WatchedStream(content, this::add);
    }
}
