package dev.otapair.client.tree;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads files for their digests, and can be told to stop meanwhile. Not thread-safe. */
final class FileDigester {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final Runnable goesOn;

    /** @param goesOn asked before each part that is read */
    FileDigester(Runnable goesOn) {
        this.goesOn = goesOn;
    }

    /**
     * Returns the SHA-256 of all that is left of a channel.
     *
     * @throws IOException if it cannot be read
     */
    Digest digest(ReadableByteChannel content) throws IOException {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        goesOn.run();
        while (content.read(buffer.clear()) >= 0) {
            digester.update(buffer.flip());
            goesOn.run();
        }
        return digester.finish(Digest.Algorithm.SHA256);
    }
}
