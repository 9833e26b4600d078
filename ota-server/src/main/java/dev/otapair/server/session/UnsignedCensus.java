package dev.otapair.server.session;

import dev.otapair.protocol.log.Loggers;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * Tells the operator how many boards would install what nobody signed: those without a key, and all that speak v1. Thread-safe;
 * remembers a bounded number of names.
 */
public final class UnsignedCensus {
    private static final Logger LOG = Loggers.of(UnsignedCensus.class);
    private static final int MAX_BOARDS = 100_000;
    private static final int MAX_SHOWN = 5;

    private final Set<String> boards = new TreeSet<>();

    /** @param board its id, or its address where it has none */
    synchronized void add(String board) {
        if (boards.size() < MAX_BOARDS) {
            boards.add(board);
        }
    }

    /** Says how many came since it was last asked, if any did. */
    public void report() {
        Collection<String> found = takeAll();
        if (!found.isEmpty()) {
            LOG.warn(
                    "{} board{} took answers without a signature since the last such line: {}{}. Give them a key: docs/signing.md",
                    found.size(),
                    found.size() == 1 ? "" : "s",
                    found.stream().limit(MAX_SHOWN).collect(Collectors.joining(", ")),
                    found.size() > MAX_SHOWN ? ", …" : "");
        }
    }

    private synchronized Collection<String> takeAll() {
        Collection<String> all = new TreeSet<>(boards);
        boards.clear();
        return all;
    }
}
