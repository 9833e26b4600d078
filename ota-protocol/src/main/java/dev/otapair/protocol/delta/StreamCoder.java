package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Codes a stream of a patch as one zstd frame: the library for it is the server's alone. */
@FunctionalInterface
public interface StreamCoder {
    /**
     * Codes.
     *
     * @param plain read to its end, not closed
     * @param length how many bytes that are, 1 or more
     * @param window the frame's window is at most that many bytes, 4 KiB to 16 MiB, not always a power of two
     * @param coded written to, not closed
     * @throws IOException as the streams do
     */
    void code(InputStream plain, long length, int window, OutputStream coded) throws IOException;
}
