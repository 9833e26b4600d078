package dev.otapair.server.session;

import dev.otapair.protocol.message.Response.Content;
import java.util.Set;

/**
 * What was taken back: from then on no byte of it goes out, in a session that began before either. Thread-safe.
 *
 * @see "PROTOCOL.md, section 7.4: Offers and packages"
 */
public final class Withdrawals {
    private volatile Set<Content> contents = Set.of();

    /** Passed along a pipeline as a user event when something was taken back: what is being sent may be that. */
    public enum Change {
        MADE
    }

    /**
     * Says what is taken back now.
     *
     * @return whether there is something among it that was not before
     */
    public boolean replace(Set<Content> now) {
        boolean isMore = !contents.containsAll(now);
        contents = Set.copyOf(now);
        return isMore;
    }

    boolean cover(Content content) {
        return contents.contains(content);
    }
}
