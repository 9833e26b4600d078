package dev.otapair.protocol.archive;

import dev.otapair.protocol.delta.ZstdWindowException;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import org.tukaani.xz.MemoryLimitException;

/**
 * Reads an archive: tar, plain or compressed by gzip, zstd or xz, or zip, whatever its name says. What would be another archive to
 * another reader, or harm who unpacks it, is refused. Takes the same memory for every size, but for a zip's directory. Stateless.
 */
public final class ArchiveReader {
    private static final byte[] ZIP_MAGIC = {'P', 'K', 3, 4};
    private static final byte[] EMPTY_ZIP_MAGIC = {'P', 'K', 5, 6};
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Bounds bounds;

    /**
     * What reading may take.
     *
     * @param windowBytes of a decoder's dictionary or window
     * @param directoryBytes of a zip's directory; in memory it takes about fifteen times that
     */
    public record Bounds(int windowBytes, int directoryBytes) {}

    public ArchiveReader(Bounds bounds) {
        this.bounds = bounds;
    }

    /**
     * Reads all of an archive.
     *
     * @param file from its position on; not closed
     * @param maxUnpacked how many bytes may come out of it
     * @throws OtaException PACKAGE_REJECTED if the archive is none, damaged or hostile; IO_ERROR if it cannot be read; what the
     *     destination throws
     */
    public void readInto(Destination destination, ArchiveFile file, long maxUnpacked) {
        try {
            read(destination, file, maxUnpacked);
        } catch (OtaException e) {
            throw e;
        } catch (MemoryLimitException e) {
            throw Refusal.of(
                    ("the archive needs %d KiB to be unpacked by xz, allowed is a dictionary of %d KiB;"
                                    + " pack it by xz -6 or less")
                            .formatted(e.getMemoryNeeded(), bounds.windowBytes() / 1024),
                    e);
        } catch (ZstdWindowException e) {
            throw Refusal.of(
                    ("the archive needs a zstd window of %d bytes, allowed are %d; pack it by zstd -19 or less,"
                                    + " without --ultra and --long")
                            .formatted(e.neededBytes(), bounds.windowBytes()),
                    e);
        } catch (IOException e) {
            throw Refusal.of("the archive is damaged: " + FileFault.why(e), e);
        }
    }

    private void read(Destination destination, ArchiveFile file, long maxUnpacked) throws IOException {
        BufferedInputStream bytes = new BufferedInputStream(Channels.newInputStream(file), BUFFER_BYTES);
        byte[] start = Compression.start(bytes);
        if (Compression.startsWith(start, ZIP_MAGIC) || Compression.startsWith(start, EMPTY_ZIP_MAGIC)) {
            new ZipReader(file, maxUnpacked, bounds.directoryBytes()).readInto(destination);
        } else {
            try (InputStream content = Compression.of(start).open(bytes, bounds.windowBytes())) {
                new TarReader(content, maxUnpacked).readInto(destination);
            }
        }
    }
}
