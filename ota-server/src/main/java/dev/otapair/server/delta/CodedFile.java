package dev.otapair.server.delta;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that coded bytes are written to, and digested on the way. Not thread-safe. */
final class CodedFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final FileChannel channel;
    private final ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);

    /** Makes the file, or empties it. */
    CodedFile(Path path) throws IOException {
        this.channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    void write(ByteBuffer bytes) throws IOException {
        digester.update(bytes);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Returns a way to write small portions; to be flushed before {@link #content}. */
    OutputStream stream() {
        return new BufferedOutputStream(
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        write(new byte[] {(byte) value}, 0, 1);
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        CodedFile.this.write(ByteBuffer.wrap(bytes, offset, length));
                    }
                },
                BUFFER_BYTES);
    }

    /** Returns what was written; to be called once. */
    Content content() {
        return new Content(digester.size(), digester.finish(Digest.Algorithm.SHA256));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
