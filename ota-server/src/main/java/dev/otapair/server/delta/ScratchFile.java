package dev.otapair.server.delta;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that is needed on the way, and gone once it is closed. */
record ScratchFile(FileChannel channel) implements AutoCloseable {
    ScratchFile(Path file) throws IOException {
        this(FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
