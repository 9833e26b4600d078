package dev.otapair.server.delta;

import java.util.concurrent.CompletableFuture;

/** Gets plans made, somewhere else. Thread-safe. */
public interface Maker {
    /**
     * Has a pair's plan made. Whoever asks for the same meanwhile shares the work.
     *
     * @return completes once it is in the cache; fails with an {@link dev.otapair.protocol.error.OtaException} PACKAGE_UNAVAILABLE when
     *     it can not be made, was tried in vain a while ago, or too much else is to be made
     */
    CompletableFuture<Void> make(Pair pair);
}
