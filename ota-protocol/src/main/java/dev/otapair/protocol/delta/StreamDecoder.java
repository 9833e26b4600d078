package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;

/** Opens a stream of a patch that is coded by zstd. */
@FunctionalInterface
public interface StreamDecoder {
    /**
     * Begins to decode.
     *
     * @param coded the frame and nothing else
     * @param window the decoder allocates no more for it, in bytes, and refuses a frame that needs a larger one
     * @return what is decoded; throws IOException where the frame is damaged
     * @throws IOException likewise
     */
    InputStream open(InputStream coded, int window) throws IOException;
}
