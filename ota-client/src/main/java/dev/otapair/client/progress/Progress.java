package dev.otapair.client.progress;

/** Shows how far a download is. Used by one thread; closed when the download ends, well or not. */
public interface Progress extends AutoCloseable {
    /** Some more has arrived. */
    void advance(long bytes);

    @Override
    void close();

    /** Makes the progress of one download. */
    @FunctionalInterface
    interface Factory {
        /** @param total bytes in all, 0 or more */
        Progress begin(String name, long total);
    }
}
