package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.server.store.FreeSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.slf4j.Logger;

/** The right to make one plan: a folder for what is needed on the way, and a way into the cache. Not thread-safe. */
final class Making implements AutoCloseable {
    private static final Logger LOG = Loggers.of(Making.class);

    /** Left free by {@link #requireRoom} for everything else that writes on that disk, and for what goes with pieces. */
    private static final long RESERVE_BYTES = 64L << 20;

    private final CacheFolders folders;
    private final DurableFiles files;
    private final PairLock lock;
    private final Pair pair;
    private final Path place;
    private int made;

    /**
     * @param lock given back with this
     * @param place of this pair alone; removed with this
     */
    Making(CacheFolders folders, PairLock lock, Pair pair, Path place, DurableFiles files) {
        this.folders = folders;
        this.lock = lock;
        this.pair = pair;
        this.place = place;
        this.files = files;
    }

    /**
     * Makes a file on the same disk as the pieces, which will be whose they are; whatever is not kept is removed with this.
     *
     * @return empty, and of a name of its own
     */
    Path newFile() {
        made++;
        Path file = place.resolve("new-" + made);
        try {
            files.create(file, DurableFiles.Readers.EVERYBODY).close();
            return file;
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /**
     * Sees that the disk has room before anything is written.
     *
     * @param bytes of pieces, at most
     * @throws OtaException CANNOT_WRITE if it has not
     */
    void requireRoom(long bytes) {
        FreeSpace free = FreeSpace.below(place);
        if (!free.has(bytes, RESERVE_BYTES)) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "plan %s is not made: it could take %d bytes in %s, free are %d, of which %d are kept free"
                            .formatted(pair, bytes, folders.root(), free.bytes(), RESERVE_BYTES));
        }
    }

    /** Returns a folder for what is only needed on the way. */
    Path scratch() {
        Path scratch = place.resolve("scratch");
        try {
            files.ensureWritableFolder(scratch);
            return scratch;
        } catch (IOException e) {
            throw FileFault.unwritable(scratch, e);
        }
    }

    /**
     * Keeps a piece.
     *
     * @param file of {@link #newFile}, complete; it gets another name
     * @param sha256 of its content
     */
    void keepPiece(Path file, Digest sha256) {
        try {
            // A sweep that runs meanwhile leaves alone what is new: the plan that names it comes after it.
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
        rename(file, folders.pieces().resolve(sha256.hex()));
    }

    /** As above, for a small piece. */
    Content keepPiece(byte[] content) {
        Digest sha256 = ContentDigester.sha256Of(content);
        put(content, folders.pieces().resolve(sha256.hex()));
        return new Content(content.length, sha256);
    }

    /** Keeps a plan whose pieces are all here, or among the objects of releases. */
    void keepPlan(Plan plan) {
        byte[] text = plan.toBytes();
        put(text, folders.plans().resolve(ContentDigester.sha256Of(text).hex()));
    }

    /** Makes a plan known that is here: the last thing to be done. */
    void finish(PairRecord record) {
        put(CheckedText.seal(PairRecord.KIND, record.text()), folders.pairs().resolve(pair.name()));
    }

    @Override
    public void close() {
        try {
            try {
                files.deleteTree(place);
            } finally {
                lock.release();
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be removed: {}", place, FileFault.why(e));
        }
    }

    private void put(byte[] content, Path target) {
        Path file = newFile();
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
        rename(file, target);
    }

    private void rename(Path file, Path target) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
            files.rename(file, target);
        } catch (IOException e) {
            throw FileFault.unwritable(target, e);
        }
    }
}
