package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A part of a patch. Remembers a failure to read it: what else a decoder throws is the patch's fault. Not thread-safe.
 */
final class PatchRange extends InputStream {
    private static final int BUFFER = 32 * 1024;

    private final PatchBytes patch;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);
    private long position;
    private long unread;
    private long left;
    private IOException failure;

    PatchRange(PatchBytes patch, long from, long length) {
        this.patch = patch;
        this.position = from;
        this.unread = length;
        this.left = length;
    }

    /** Returns how many bytes have not been read. */
    long left() {
        return left;
    }

    /** Throws what reading has failed with, if it has. */
    void rethrow() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public int read() throws IOException {
        if (!fill()) {
            return -1;
        }
        left--;
        return buffer.get() & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, into.length);
        if (count == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int read = Math.min(count, buffer.remaining());
        buffer.get(into, offset, read);
        left -= read;
        return read;
    }

    private boolean fill() throws IOException {
        if (buffer.hasRemaining()) {
            return true;
        }
        if (unread == 0) {
            return false;
        }
        buffer.clear().limit((int) Math.min(BUFFER, unread));
        int read;
        try {
            read = patch.read(buffer, position);
        } catch (IOException e) {
            buffer.limit(0);
            failure = e;
            throw e;
        }
        buffer.flip();
        position += Math.max(read, 0);
        unread -= Math.max(read, 0);
        return read > 0;
    }
}
