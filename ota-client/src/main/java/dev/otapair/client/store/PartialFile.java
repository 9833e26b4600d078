package dev.otapair.client.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * A package while it arrives: digested as it is written, in constant memory. Named so that no package can have its name.
 * Not thread-safe; closed by who made it, and removed with that unless it was finished.
 */
public final class PartialFile implements AutoCloseable {
    static final String PREFIX = ".part-";

    private final Path path;
    private final PackageResponse announced;
    private final FileChannel channel;
    private final DurableFiles files;
    private final ContentDigester digester = new ContentDigester(Digest.Algorithm.MD5);

    private PartialFile(Path path, PackageResponse announced, FileChannel channel, DurableFiles files) {
        this.path = path;
        this.announced = announced;
        this.channel = channel;
        this.files = files;
    }

    static PartialFile create(Path folder, PackageResponse announced, DurableFiles files) throws IOException {
        Path path = folder.resolve(PREFIX + announced.md5().hex());
        FileChannel channel = FileChannel.open(
                path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        return new PartialFile(path, announced, channel, files);
    }

    /**
     * Appends what has arrived; blocks until the kernel has it, not until the disk has it.
     *
     * @param bytes payload in order of arrival, read up to its limit
     * @throws OtaException CANNOT_WRITE if the disk is full or fails
     */
    public void append(ByteBuffer bytes) {
        digester.update(bytes);
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s cannot be written after %d bytes: %s".formatted(path, digester.size(), e),
                    e);
        }
    }

    /**
     * Verifies what arrived and, when it is what was announced, gives it its final name for good.
     *
     * @param destination in the same folder
     * @throws OtaException DIGEST_MISMATCH, or CANNOT_WRITE; then nothing has the final name that had not before
     */
    public void finish(Path destination) {
        verify();
        try {
            channel.force(true);
            channel.close();
            files.rename(path, destination);
        } catch (IOException e) {
            throw new OtaException(ErrorCode.CANNOT_WRITE, "%s cannot be written: %s".formatted(destination, e), e);
        }
    }

    /** Closes the file, and removes it if it has not got its final name. */
    @Override
    public void close() {
        try {
            channel.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new OtaException(ErrorCode.IO_ERROR, "%s cannot be removed: %s".formatted(path, e), e);
        }
    }

    private void verify() {
        if (digester.size() != announced.size()) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s: %d bytes arrived, %d were announced"
                            .formatted(announced.latest(), digester.size(), announced.size()));
        }
        Digest actual = digester.finish(Digest.Algorithm.MD5);
        if (!actual.equals(announced.md5())) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s: arrived with %s, was announced with %s"
                            .formatted(announced.latest(), actual, announced.md5()));
        }
    }
}
