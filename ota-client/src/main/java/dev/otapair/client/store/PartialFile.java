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
    private final ContentDigester digester;

    private PartialFile(Path path, PackageResponse announced, FileChannel channel, DurableFiles files) {
        this.path = path;
        this.announced = announced;
        this.channel = channel;
        this.files = files;
        this.digester = new ContentDigester(announced.digest().algorithm());
    }

    static PartialFile create(Path folder, PackageResponse announced, DurableFiles files) throws IOException {
        Path path = folder.resolve(PREFIX + announced.digest().hex());
        FileChannel channel = FileChannel.open(
                path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        return new PartialFile(path, announced, channel, files);
    }

    /** Says whether this is some of the content with that digest. */
    public boolean isOf(Digest digest) {
        return announced.digest().equals(digest);
    }

    /** Says whether a server can be asked for the rest: only a SHA-256 names a content well enough. */
    public boolean canResume() {
        return announced.digest().algorithm() == Digest.Algorithm.SHA256;
    }

    /** Returns how many bytes have arrived. */
    public long size() {
        return digester.size();
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
        Digest actual = digester.finish(announced.digest().algorithm());
        if (!actual.equals(announced.digest())) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s: arrived with %s, was announced with %s"
                            .formatted(announced.latest(), actual, announced.digest()));
        }
    }
}
