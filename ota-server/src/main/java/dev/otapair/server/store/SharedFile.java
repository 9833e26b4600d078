package dev.otapair.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file that is sent by position, by all sessions that need it. Stays readable when its name is given to another one.
 * Thread-safe; whoever got it releases it.
 */
public final class SharedFile {
    private final OpenFile file;
    private final Executor disk;
    private final AtomicInteger shares = new AtomicInteger(1);

    SharedFile(OpenFile file, Executor disk) {
        this.file = file;
        this.disk = disk;
    }

    /** Returns the size in bytes, as it was when the file was opened. */
    public long size() {
        return file.identity().size();
    }

    /** Returns the content, for transfers by position; never closed by who transfers. */
    public FileChannel channel() {
        return file.channel();
    }

    /**
     * Reads some of the content, off the caller's thread.
     *
     * @param position of the first byte
     * @param into is filled; all of that is within the content
     * @return fails with an {@link UncheckedIOException}
     */
    public CompletionStage<Void> read(long position, ByteBuffer into) {
        return CompletableFuture.runAsync(() -> readNow(position, into), disk);
    }

    /**
     * As {@link #read}, and then sees that nothing of the file was overwritten.
     *
     * @return fails with an {@link UncheckedIOException} when the file was overwritten or truncated in place
     */
    public CompletionStage<Void> readVerified(long position, ByteBuffer into) {
        return read(position, into).thenRun(this::verify);
    }

    /** Sees that nothing was overwritten, off the caller's thread; fails as {@link #readVerified} does. */
    public CompletionStage<Void> verifyUnchanged() {
        return CompletableFuture.runAsync(this::verify, disk);
    }

    /** Says whether a file's present content is this one. */
    boolean is(FileIdentity identity) {
        return file.identity().equals(identity);
    }

    /** Takes one more share; to be called by who has one. */
    public SharedFile retain() {
        if (!tryRetain()) {
            throw new IllegalStateException("an open file is shared by who has none of it");
        }
        return this;
    }

    /** Takes a share, unless the last one was given back already. */
    boolean tryRetain() {
        return shares.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    boolean isClosed() {
        return shares.get() == 0;
    }

    /** Gives a share back; the file is closed with the last one. */
    public void release() {
        int left = shares.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("a share of an open file was given back twice");
        }
        if (left == 0) {
            close();
        }
    }

    private void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readNow(long position, ByteBuffer into) {
        long start = position - into.position();
        try {
            while (into.hasRemaining()) {
                int count = channel().read(into, start + into.position());
                if (count < 0) {
                    throw new IOException("the file was truncated");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void verify() {
        try {
            file.verifyUnchanged();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
