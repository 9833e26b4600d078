package dev.otapair.protocol.delta;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A coded patch, read by position; {@code FileChannel::read} is one. */
@FunctionalInterface
public interface PatchBytes {
    /**
     * Reads some bytes.
     *
     * @param into read into at its position; has room
     * @param position of the first byte
     * @return how many there were; -1 at the end
     * @throws IOException if they cannot be read
     */
    int read(ByteBuffer into, long position) throws IOException;
}
