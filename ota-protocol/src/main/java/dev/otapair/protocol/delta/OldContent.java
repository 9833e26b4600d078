package dev.otapair.protocol.delta;

import java.io.IOException;
import java.nio.ByteBuffer;

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
}
