package dev.otapair.protocol.delta;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A part of a content, in an array, that moves on. Not thread-safe. */
final class ZipInput {
    static final int BYTES = 64 * 1024;

    private final OldContent content;
    private final byte[] bytes = new byte[BYTES];
    private long from;
    private int count;

    ZipInput(OldContent content) {
        this.content = content;
    }

    byte[] bytes() {
        return bytes;
    }

    long size() {
        return content.size();
    }

    /**
     * Sees that some bytes are in the array, if there are so many.
     *
     * @param position 0 to {@link #size}
     * @param least 0 to {@link #BYTES}
     * @return where in the array they are
     */
    int at(long position, int least) throws IOException {
        long wanted = Math.min(least, content.size() - position);
        if (position < from || position + wanted > from + count || position > from + count) {
            fill(position);
        }
        return (int) (position - from);
    }

    /** Returns where in the array the bytes end that are there. */
    int end() {
        return count;
    }

    private void fill(long position) throws IOException {
        int wanted = (int) Math.min(BYTES, content.size() - position);
        count = 0;
        read(content, position, bytes, 0, wanted);
        from = position;
        count = wanted;
    }

    /** Reads bytes that are there. */
    static void read(OldContent content, long position, byte[] into, int at, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into, at, count);
        content.read(position, buffer);
        if (buffer.hasRemaining()) {
            throw new IOException("%d bytes are missing at %d".formatted(buffer.remaining(), position));
        }
    }
}
