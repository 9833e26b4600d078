package dev.otapair.protocol.archive;

import dev.otapair.protocol.error.FileFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The archive on the disk. What the disk fails at is told apart from what is wrong with the archive, and how much is read
 * at a time can be bounded. Not thread-safe; closed by who opened it.
 */
public final class ArchiveFile implements SeekableByteChannel {
    private final Path file;
    private final FileChannel channel;
    private long allowance = Long.MAX_VALUE;
    private String reason = "";

    private ArchiveFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens a file.
     *
     * @throws dev.otapair.protocol.error.OtaException IO_ERROR; so do all methods
     */
    public static ArchiveFile open(Path file) {
        try {
            return new ArchiveFile(file, FileChannel.open(file, StandardOpenOption.READ));
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /** Refuses the archive, for a reason, when more is read than this before {@link #allowAll}. */
    void allow(long bytes, String why) {
        allowance = bytes;
        reason = why;
    }

    void allowAll() {
        allowance = Long.MAX_VALUE;
    }

    @Override
    public int read(ByteBuffer target) {
        int count = attempt(() -> channel.read(target));
        allowance -= Math.max(0, count);
        if (allowance < 0) {
            throw Refusal.of(reason);
        }
        return count;
    }

    @Override
    public long position() {
        return attempt(channel::position);
    }

    @Override
    public ArchiveFile position(long position) throws IOException {
        if (position < 0) {
            throw new IOException("a position before the start");
        }
        attempt(() -> channel.position(position));
        return this;
    }

    @Override
    public long size() {
        return attempt(channel::size);
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        attempt(() -> {
            channel.close();
            return this;
        });
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    private interface Attempt<T> {
        T run() throws IOException;
    }

    private <T> T attempt(Attempt<T> attempt) {
        try {
            return attempt.run();
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }
}
