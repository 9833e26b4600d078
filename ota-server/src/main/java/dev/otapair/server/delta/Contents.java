package dev.otapair.server.delta;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.server.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Reads contents of releases, and believes none of them before its digest is right. Not thread-safe; blocks. */
final class Contents {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final Catalog catalog;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    Contents(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Takes in what was read. */
    interface Sink {
        /** @param bytes a direct buffer, good until this returns; to be emptied */
        void accept(ByteBuffer bytes) throws IOException;
    }

    /**
     * Reads one content. What the sink got is good only when this returns.
     *
     * @throws OtaException PACKAGE_UNAVAILABLE if it is not here, DIGEST_MISMATCH if it is damaged
     * @throws IOException from the sink
     */
    void read(Content content, Sink sink) throws IOException {
        Path file = catalog.find(content.sha256()).orElseThrow(() -> Catalog.missing(content.sha256()));
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            while (readSome(in, file) && digester.size() <= content.size()) {
                digester.update(buffer);
                sink.accept(buffer);
            }
        }
        if (digester.size() != content.size()
                || !digester.finish(Digest.Algorithm.SHA256).equals(content.sha256())) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s is damaged: it is not %d bytes of SHA-256 %s%s"
                            .formatted(
                                    file,
                                    content.size(),
                                    content.sha256().hex(),
                                    catalog.isObject(file) ? ". " + ObjectStore.MENDING : ""));
        }
    }

    /**
     * Reads a content whole.
     *
     * @param content at most 2^31 - 9 bytes
     */
    byte[] read(Content content) {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(content.size()));
        try {
            read(content, bytes -> {
                if (bytes.remaining() <= all.remaining()) {
                    all.put(bytes);
                }
            });
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written", e);
        }
        return all.array();
    }

    /** What can be done with a content in memory that belongs to the kernel. */
    interface Mapped<T> {
        /** @param content a direct buffer, good until this returns */
        T use(ByteBuffer content) throws IOException;
    }

    /**
     * Lends a content as it lies in its file.
     *
     * @param content at most 2^31 - 1 bytes
     * @throws OtaException as {@link #read(Content, Sink)} does
     */
    <T> T mapped(Content content, Mapped<T> user) throws IOException {
        read(content, bytes -> {});
        Path file = catalog.find(content.sha256()).orElseThrow(() -> Catalog.missing(content.sha256()));
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            return user.use(in.map(FileChannel.MapMode.READ_ONLY, 0, content.size()));
        }
    }

    /** Says whether a content begins with these bytes; what it is like behind them is not looked at. */
    boolean begins(Content content, byte[] start) throws IOException {
        Path file = catalog.find(content.sha256()).orElseThrow(() -> Catalog.missing(content.sha256()));
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(start.length), start);
        }
    }

    /** Returns the sketch of a content. */
    long[] sketch(Content content) {
        Sketch sketch = new Sketch();
        try {
            read(content, sketch::add);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written", e);
        }
        return sketch.numbers();
    }

    private boolean readSome(FileChannel in, Path file) {
        try {
            boolean isMore = in.read(buffer.clear()) >= 0;
            buffer.flip();
            return isMore;
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }
}
