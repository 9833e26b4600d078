package dev.otapair.client.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * A channel that can be read for as long as the work goes on: gigabytes take minutes, and a board that is told to end has seconds.
 *
 * @param content read, and closed, by this
 * @param goesOn asked before each part that is read; throws to end the work
 */
public record WatchedChannel(ReadableByteChannel content, Runnable goesOn) implements ReadableByteChannel {
    @Override
    public int read(ByteBuffer target) throws IOException {
        goesOn.run();
        return content.read(target);
    }

    @Override
    public boolean isOpen() {
        return content.isOpen();
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}
