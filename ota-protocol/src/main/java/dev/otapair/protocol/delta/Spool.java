package dev.otapair.protocol.delta;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A stream of a patch on its way through a file that is gone when this is closed, or the process ends. Not thread-safe. */
final class Spool extends OutputStream {
    private static final int BUFFER = 64 * 1024;

    private final FileChannel file;
    private final OutputStream out;

    /** @param folder where the file is created; it has to be there */
    Spool(Path folder) throws IOException {
        Path path = Files.createTempFile(folder, "patch-", ".tmp");
        this.file = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        this.out = new BufferedOutputStream(Channels.newOutputStream(file), BUFFER);
    }

    @Override
    public void write(int single) throws IOException {
        out.write(single);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        out.write(bytes, offset, count);
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    /** Returns how many bytes were written. */
    long length() throws IOException {
        out.flush();
        return file.position();
    }

    /** Returns a part of what was written; nothing is written any more. */
    InputStream read(long from, long length) throws IOException {
        out.flush();
        return new PatchRange(file::read, from, length);
    }

    void copyTo(OutputStream to) throws IOException {
        out.flush();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        for (long position = 0; file.read(buffer.clear(), position) > 0; position += buffer.position()) {
            to.write(buffer.array(), 0, buffer.position());
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
