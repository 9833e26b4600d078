package dev.otapair.server.delta;

import java.nio.file.Path;

/**
 * Where in the cache of patches what is.
 *
 * @param root need not exist
 */
record CacheFolders(Path root) {
    /** Returns where pieces are, by their SHA-256. */
    Path pieces() {
        return root.resolve("pieces");
    }

    /** Returns where plans are, by theirs. */
    Path plans() {
        return root.resolve("plans");
    }

    /** Returns where it is said which plan a pair has, by {@link Pair#name}. */
    Path pairs() {
        return root.resolve("pairs");
    }

    /** Returns where the locks of those are who are at work, by what they work on. */
    Path locks() {
        return root.resolve("locks");
    }

    /** Returns where what they need on the way is, likewise. */
    Path work() {
        return root.resolve("work");
    }
}
