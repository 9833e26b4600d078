package dev.otapair.server.store;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * One content of a package, open and digested, shared by all sessions that send it. Stays readable when the file's name
 * is given to another. Thread-safe; whoever got it from the store releases it.
 */
public final class StoredPackage extends AbstractReferenceCounted {
    private final PackageName name;
    private final OpenFile file;
    private final Digest md5;
    private final Digest sha256;
    private final Executor disk;

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
        return CompletableFuture.supplyAsync(() -> readEnd(length), disk);
    }

    /** Sees again that nothing was overwritten, off the caller's thread; fails as {@link #verifiedEnd} does. */
    public CompletionStage<Void> verifyUnchanged() {
        return CompletableFuture.runAsync(this::verify, disk);
    }

    /** Says whether the file's present content is this one. */
    boolean is(FileIdentity identity) {
        return file.identity().equals(identity);
    }

    /** Takes a share, unless the last one was just given back. */
    boolean tryRetain() {
        try {
            retain();
            return true;
        } catch (io.netty.util.IllegalReferenceCountException e) {
            return false;
        }
    }

    @Override
    public ReferenceCounted touch(Object hint) {
        return this;
    }

    @Override
    protected void deallocate() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ByteBuffer readEnd(int length) {
        ByteBuffer end = ByteBuffer.allocate(length);
        try {
            long position = size() - length;
            while (end.hasRemaining()) {
                int count = channel().read(end, position + end.position());
                if (count < 0) {
                    throw new IOException("the file was truncated");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        verify();
        return end.flip();
    }

    private void verify() {
        try {
            file.verifyUnchanged();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
