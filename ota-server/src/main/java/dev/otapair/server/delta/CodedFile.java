package dev.otapair.server.delta;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that coded bytes are written to, and digested on the way. Not thread-safe. */
final class CodedFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);

    /** Makes the file, or empties it. */
    CodedFile(Path path) throws IOException {
        this.path = path;
        this.channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    Path path() {
        return path;
    }

    void write(ByteBuffer bytes) throws IOException {
        digester.update(bytes);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Returns how many bytes were written. */
    long size() {
        return digester.size();
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
