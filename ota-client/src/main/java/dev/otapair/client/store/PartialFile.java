package dev.otapair.client.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;

/**
 * A package while it arrives: digested as it is written, in constant memory. Named by its digest, so that nothing of one package
 * is ever taken for part of another, and no package can have its name. One that a server can be asked for the rest of stays when
 * it is closed. Not thread-safe; closed by who made it.
 *
 * @see "docs/reliability.md, section 2: A download that is cut"
 */
public final class PartialFile implements AutoCloseable {
    static final String PREFIX = ".part-";

    private static final Logger LOG = Loggers.of(PartialFile.class);

    /** How much may arrive until the disk has to have it: what a power cut can cost. */
    private static final long SYNC_BYTES = 8L * 1024 * 1024;

    private final Path path;
    private final PackageName name;
    private final long size;
    private final Digest digest;
    private final FileChannel channel;
    private final DurableFiles files;
    private final ContentDigester digester;
    private long unsynced;
    private boolean isOfUse = true;

    private PartialFile(Path path, PackageResponse announced, FileChannel channel, DurableFiles files) {
        this.path = path;
        this.name = announced.latest();
        this.size = announced.size();
        this.digest = announced.digest();
        this.channel = channel;
        this.files = files;
        this.digester = new ContentDigester(digest.algorithm());
    }

    /** Begins anew, in place of what may be there. */
    static PartialFile create(Path folder, PackageResponse announced, DurableFiles files) throws IOException {
        Path path = pathOf(folder, announced.digest());
        return new PartialFile(path, announced, files.begin(path), files);
    }

    /**
     * Goes on with what is there, once all of it has been read again; begins anew where that is of no use.
     *
     * @param goesOn asked while it is read; throws to end the work, and what is there stays
     */
    static PartialFile resume(Path folder, PackageResponse announced, DurableFiles files, Runnable goesOn)
            throws IOException {
        Path path = pathOf(folder, announced.digest());
        if (!OwnFile.isOurs(path) || Files.size(path) > announced.size()) {
            return create(folder, announced, files);
        }
        FileChannel channel = files.reopen(path);
        try {
            PartialFile partial = new PartialFile(path, announced, channel, files);
            partial.digester.updateAll(new WatchedChannel(channel, goesOn));
            channel.position(partial.size());
            if (partial.size() > 0) {
                LOG.info(
                        "{}: {} of {} bytes are here from before",
                        announced.latest(),
                        partial.size(),
                        announced.size());
            }
            return partial;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Returns where the partial file of a package is, or would be. */
    static Path pathOf(Path folder, Digest digest) {
        return folder.resolve(PREFIX + digest.hex());
    }

    /** Says whether this is some of the content with that digest. */
    public boolean isOf(Digest other) {
        return digest.equals(other);
    }

    /** Says whether a server can be asked for the rest: only a SHA-256 names a content well enough. */
    public boolean canResume() {
        return isOfUse && digest.algorithm() == Digest.Algorithm.SHA256;
    }

    /** Returns how many bytes have arrived. */
    public long size() {
        return digester.size();
    }

    /** Says whether all bytes have arrived; not that they are the right ones. */
    public boolean isWhole() {
        return size() == size;
    }

    /**
     * Appends what has arrived; blocks until the kernel has it, and now and then until the disk has it.
     *
     * @param bytes payload in order of arrival, read up to its limit
     * @throws OtaException CANNOT_WRITE if the disk is full or fails
     */
    public void append(ByteBuffer bytes) {
        unsynced += bytes.remaining();
        digester.update(bytes);
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (unsynced >= SYNC_BYTES) {
                sync();
                unsynced = 0;
            }
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s cannot be written after %d bytes: %s".formatted(path, digester.size(), FileFault.why(e)),
                    e);
        }
    }

    /**
     * Verifies what arrived and, when it is what was announced, gives it its final name for good. Else it is of no use any more.
     *
     * @param destination in the same folder
     * @throws OtaException DIGEST_MISMATCH, or CANNOT_WRITE; then nothing has the final name that had not before
     */
    public void finish(Path destination) {
        verify();
        try {
            sync();
            channel.close();
            files.rename(path, destination);
        } catch (IOException e) {
            throw FileFault.unwritable(destination, e);
        }
    }

    /** Closes the file; removes it if it is of no use, or empty, and has not got its final name. */
    @Override
    public void close() {
        try {
            channel.close();
            if (!canResume() || size() == 0) {
                files.delete(path);
            }
        } catch (IOException e) {
            throw new OtaException(ErrorCode.IO_ERROR, "%s cannot be removed: %s".formatted(path, FileFault.why(e)), e);
        }
    }

    /** After a failure the kernel takes what it could not write for written: it would be read back as if it were there. */
    private void sync() throws IOException {
        boolean wasOfUse = isOfUse;
        isOfUse = false;
        channel.force(true);
        isOfUse = wasOfUse;
    }

    private void verify() {
        if (!isWhole()) {
            isOfUse = false;
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s: %d bytes arrived, %d were announced".formatted(name, digester.size(), size));
        }
        Digest actual = digester.finish(digest.algorithm());
        if (!actual.equals(digest)) {
            isOfUse = false;
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s: arrived with %s, was announced with %s".formatted(name, actual, digest));
        }
    }
}
