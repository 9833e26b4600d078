package dev.otapair.server.store;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One content of a package, open and digested, shared by all sessions that send it. Stays readable when the file's name
 * is given to another. Thread-safe; whoever got it from the store releases it.
 */
public final class StoredPackage {
    private final PackageName name;
    private final OpenFile file;
    private final Digest md5;
    private final Digest sha256;
    private final Executor disk;
    private final AtomicInteger shares = new AtomicInteger(1);

    StoredPackage(PackageName name, OpenFile file, Digest md5, Digest sha256, Executor disk) {
        this.name = name;
        this.file = file;
        this.md5 = md5;
        this.sha256 = sha256;
        this.disk = disk;
    }

    public PackageName name() {
        return name;
    }

    /** Returns the size in bytes, as it was when the digests were computed. */
    public long size() {
        return file.identity().size();
    }

    public Digest md5() {
        return md5;
    }

    public Digest sha256() {
        return sha256;
    }

    /** Returns size and digest: what tells this content from all others. */
    public Content content() {
        return new Content(size(), sha256);
    }

    /** Returns the content, for transfers by position; never closed by who transfers. */
    public FileChannel channel() {
        return file.channel();
    }

    /**
     * Reads the end of the content and sees that nothing of it was overwritten, off the caller's thread.
     *
     * @param length bytes, 0 to {@link #size()}
     * @return fails with an {@link UncheckedIOException} when the file was overwritten or truncated in place
     */
    public CompletionStage<ByteBuffer> verifiedEnd(int length) {
        return read(size() - length, length).thenApply(end -> {
            verify();
            return end;
        });
    }

    /**
     * Reads some of the content, off the caller's thread.
     *
     * @param position of the first byte
     * @param length bytes, all of them within the content
     * @return fails with an {@link UncheckedIOException}
     */
    public CompletionStage<ByteBuffer> read(long position, int length) {
        return CompletableFuture.supplyAsync(() -> readNow(position, length), disk);
    }

    /** Sees again that nothing was overwritten, off the caller's thread; fails as {@link #verifiedEnd} does. */
    public CompletionStage<Void> verifyUnchanged() {
        return CompletableFuture.runAsync(this::verify, disk);
    }

    /** Says whether the file's present content is this one. */
    boolean is(FileIdentity identity) {
        return file.identity().equals(identity);
    }

    /** Takes a share, unless the last one was given back already. */
    boolean tryRetain() {
        return shares.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    /** Gives a share back; the file is closed with the last one. */
    public void release() {
        int left = shares.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("a share of " + name + " was given back twice");
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

    private ByteBuffer readNow(long position, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        try {
            while (bytes.hasRemaining()) {
                int count = channel().read(bytes, position + bytes.position());
                if (count < 0) {
                    throw new IOException("the file was truncated");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.flip();
    }

    private void verify() {
        try {
            file.verifyUnchanged();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
