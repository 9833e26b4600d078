package dev.otapair.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Files that are being sent: open once, however many sessions send them, and as long as one does. Thread-safe. */
public final class SharedFiles {
    private final Executor disk;
    private final Map<Path, SharedFile> open = new ConcurrentHashMap<>();

    /** @param disk opens and reads; ended by its owner */
    public SharedFiles(Executor disk) {
        this.disk = disk;
    }

    /**
     * Opens a file, off the caller's thread.
     *
     * @return a share for the caller to release; fails with an {@link UncheckedIOException}
     */
    public CompletionStage<SharedFile> open(Path file) {
        return CompletableFuture.supplyAsync(() -> openNow(file), disk);
    }

    private SharedFile openNow(Path file) {
        open.values().removeIf(SharedFile::isClosed);
        return open.compute(
                file, (path, before) -> isStill(path, before) && before.tryRetain() ? before : opened(path));
    }

    private static boolean isStill(Path file, SharedFile before) {
        try {
            return before != null && before.is(FileIdentity.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SharedFile opened(Path file) {
        try {
            return new SharedFile(OpenFile.open(file), disk);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
