package dev.otapair.protocol.delta;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** What a patch is applied to, read by position. */
public interface OldContent {
    /** Returns how many bytes there are; it does not change. */
    long size();

    /**
     * Fills the buffer from {@code position} on; the caller sees that there are so many bytes.
     *
     * @throws IOException if they cannot be read
     */
    void read(long position, ByteBuffer into) throws IOException;

    /**
     * Returns the beginning of a file.
     *
     * @param file open for reading; not closed here
     * @param size bytes that are there, when they are read
     */
    static OldContent of(FileChannel file, long size) {
        return new OldContent() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public void read(long position, ByteBuffer into) throws IOException {
                int start = into.position();
                while (into.hasRemaining()) {
                    long from = position + into.position() - start;
                    if (file.read(into, from) < 0) {
                        throw new IOException("the file ends at %d, expected are %d bytes".formatted(from, size));
                    }
                }
            }
        };
    }

    /** Returns bytes that are in memory, and do not change. */
    static OldContent of(byte[] bytes) {
        return new OldContent() {
            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public void read(long position, ByteBuffer into) {
                into.put(bytes, (int) position, into.remaining());
            }
        };
    }
}
