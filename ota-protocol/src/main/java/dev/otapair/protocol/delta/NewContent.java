package dev.otapair.protocol.delta;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** What a patch makes: it grows at its end, and what is there is read by position. */
public interface NewContent {
    /**
     * Writes all that remains of the buffer behind what was written before.
     *
     * @throws IOException if that is not possible
     */
    void append(ByteBuffer bytes) throws IOException;

    /**
     * Fills the buffer from {@code position} on, counted from the first byte appended; the caller sees that so many bytes
     * were appended.
     *
     * @throws IOException if they cannot be read
     */
    void read(long position, ByteBuffer into) throws IOException;

    /** Returns one that begins at the start of a file open for reading and writing, which the caller closes. */
    static NewContent of(FileChannel file) {
        return new NewContent() {
            private long size;

            @Override
            public void append(ByteBuffer bytes) throws IOException {
                while (bytes.hasRemaining()) {
                    size += file.write(bytes, size);
                }
            }

            @Override
            public void read(long position, ByteBuffer into) throws IOException {
                long from = position;
                while (into.hasRemaining()) {
                    int count = file.read(into, from);
                    if (count < 0) {
                        throw new IOException("the file ends at %d, %d bytes were written".formatted(from, size));
                    }
                    from += count;
                }
            }
        };
    }
}
