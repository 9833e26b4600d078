package dev.otapair.client.testing;

import dev.otapair.protocol.wire.JsonFrame;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Cuts messages out of a stream that blocks, and takes not one byte more. */
final class Frames {
    private final InputStream in;
    private final JsonFrame frame = new JsonFrame();

    Frames(InputStream in) {
        this.in = in;
    }

    /** Returns the next message; empty at the end of the stream. */
    Optional<byte[]> next() throws IOException {
        byte[] one = new byte[1];
        while (in.read(one) > 0) {
            Optional<byte[]> whole = frame.read(ByteBuffer.wrap(one));
            if (whole.isPresent()) {
                return whole;
            }
        }
        return Optional.empty();
    }
}
