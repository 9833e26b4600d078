package dev.otapair.client.tree;

import java.util.ArrayList;
import java.util.List;

/** Collects what differs: all of it is counted, the first ones are kept. Not thread-safe. */
final class Differences {
    /** As many as people may want to read. */
    private static final int MAX_KEPT = 1000;

    private final List<Difference> kept = new ArrayList<>();
    private long count;
    private long extras;

    void add(String path, Difference.Kind kind) {
        count++;
        extras += kind == Difference.Kind.EXTRA ? 1 : 0;
        if (kept.size() < MAX_KEPT) {
            kept.add(new Difference(path, kind));
        }
    }

    List<Difference> kept() {
        return List.copyOf(kept);
    }

    long count() {
        return count;
    }

    /** Returns how many of them are not the release's. */
    long extras() {
        return extras;
    }
}
