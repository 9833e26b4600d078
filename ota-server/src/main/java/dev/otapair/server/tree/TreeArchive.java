package dev.otapair.server.tree;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import dev.otapair.server.store.ObjectStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.GZIPOutputStream;

/**
 * Writes a tree as a tar.gz, for boards that take files only: entries in the manifest's order, owners by number, no names of users, nothing
 * of this machine and of today. So the same tree has the same bytes, as long as this Java's zlib has.
 */
public final class TreeArchive {
    /** What tar writes at a time; what is shorter makes some readers warn. */
    private static final int BLOCK_BYTES = 20 * TarHeader.RECORD_BYTES;

    private static final int BUFFER_BYTES = 256 * 1024;

    private final ObjectStore objects;
    private final Progress progress;

    public TreeArchive(ObjectStore objects, Progress progress) {
        this.objects = objects;
        this.progress = progress;
    }

    /**
     * Writes all of it.
     *
     * @param out not closed
     * @throws IOException if it cannot be written
     * @throws OtaException IO_ERROR if a content is missing, DIGEST_MISMATCH if one is damaged
     */
    public void write(Manifest manifest, OutputStream out) throws IOException {
        ByteCount done = new ByteCount("packing", TreeSize.of(manifest).bytes(), progress);
        // Java's header of gzip has neither name nor time.
        GZIPOutputStream packed = new GZIPOutputStream(out, BUFFER_BYTES);
        long written = 0;
        for (ManifestEntry entry : manifest.entries()) {
            byte[] header = TarHeader.of(entry);
            packed.write(header);
            written += header.length;
            if (entry instanceof ManifestEntry.File file) {
                long size = file.content().size();
                copy(file, packed, done);
                packed.write(new byte[TarHeader.padding(size)]);
                written += size + TarHeader.padding(size);
            }
        }
        long end = written + 2 * TarHeader.RECORD_BYTES;
        packed.write(new byte[(int) (2 * TarHeader.RECORD_BYTES + (BLOCK_BYTES - end % BLOCK_BYTES) % BLOCK_BYTES)]);
        packed.finish();
    }

    private void copy(ManifestEntry.File file, OutputStream out, ByteCount done) throws IOException {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (FileChannel in = objects.open(file.content().sha256())) {
            while (in.read(buffer.clear()) >= 0) {
                digester.update(buffer.flip());
                out.write(buffer.array(), 0, buffer.limit());
                done.add(buffer.limit());
            }
        }
        if (!digester.finish(Digest.Algorithm.SHA256).equals(file.content().sha256())) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "the content of %s is damaged in the store; publish again".formatted(file.path()));
        }
    }
}
