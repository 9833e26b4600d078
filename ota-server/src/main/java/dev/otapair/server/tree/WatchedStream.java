package dev.otapair.server.tree;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** Tells how many bytes each read has brought. Skips nothing, so that all are told. */
final class WatchedStream extends FilterInputStream {
    private final LongConsumer watcher;

    WatchedStream(InputStream content, LongConsumer watcher) {
        super(content);
        this.watcher = watcher;
    }

    @Override
    public int read() throws IOException {
        int read = super.read();
        watcher.accept(read < 0 ? 0 : 1);
        return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int read = super.read(target, offset, length);
        watcher.accept(Math.max(0, read));
        return read;
    }
}
