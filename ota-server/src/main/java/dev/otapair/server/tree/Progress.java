package dev.otapair.server.tree;

/** Is told how far long work is, by the thread that does it and often. */
@FunctionalInterface
public interface Progress {
    /** Tells nobody. */
    Progress NONE = (work, done, total) -> {};

    /**
     * Takes how far it is.
     *
     * @param work in one word, as {@code reading}; another one begins another work
     * @param done bytes so far
     * @param total bytes there will be, 0 or more
     */
    void report(String work, long done, long total);
}
