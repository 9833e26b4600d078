package dev.otapair.server.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.server.store.ObjectStore.Stored;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;

/**
 * Many contents on their way into an {@link ObjectStore}. They are written first and brought to the disk some hundreds at a time: on its
 * own each small file would take a disk many times as long. Not thread-safe.
 */
public final class ObjectBatch implements AutoCloseable {
    private static final Logger LOG = Loggers.of(ObjectBatch.class);
    private static final int MAX_WAITING = 500;
    private static final long MAX_WAITING_BYTES = 256L * 1024 * 1024;
    private static final int BUFFER_BYTES = 256 * 1024;

    /** Left free for everything else that writes on that disk. */
    private static final long RESERVE_BYTES = 16L * 1024 * 1024;

    private final ObjectStore store;
    private final Path folder;
    private final DurableFiles files;
    private final byte[] buffer = new byte[BUFFER_BYTES];

    /** What is written and has no name yet, by its SHA-256. */
    private final Map<Digest, Path> waiting = new LinkedHashMap<>();

    /** Folders that have to be on the disk as they are, whoever has changed them. */
    private final Set<Path> folders = new HashSet<>();

    private long waitingBytes;
    private long count;

    /** A file without a name, open for its content. */
    private record Temporary(Path file, FileChannel channel) {}

    ObjectBatch(ObjectStore store, Path folder, DurableFiles files) {
        this.store = store;
        this.folder = folder;
        this.files = files;
    }

    /**
     * Takes in a content; it is in the store for good once {@link #finish} has returned.
     *
     * @param content is read for {@code size} bytes, and not closed
     * @throws IOException if it cannot be read, or ends early
     * @throws OtaException CANNOT_WRITE
     */
    public Stored add(InputStream content, long size) throws IOException {
        requireRoom(size);
        Temporary temporary = create();
        try {
            Stored stored = write(content, size, temporary);
            keep(stored.content(), temporary.file());
            return stored;
        } catch (IOException | RuntimeException e) {
            discard(temporary.file());
            throw e;
        }
    }

    /**
     * Brings all that was added to the disk, and into the store.
     *
     * @throws OtaException CANNOT_WRITE; the rest can be added again then
     */
    public void finish() {
        try {
            files.syncAll(waiting.values());
            Map<Path, Path> names = new LinkedHashMap<>();
            for (Map.Entry<Digest, Path> each : waiting.entrySet()) {
                Path object = store.pathOf(each.getKey());
                files.ensureReadableFolder(object.getParent());
                names.put(each.getValue(), object);
            }
            files.renameAll(names);
            waiting.clear();
            waitingBytes = 0;
            folders.addAll(List.of(folder, folder.toAbsolutePath().getParent()));
            files.syncAll(folders);
            folders.clear();
        } catch (IOException e) {
            throw FileFault.unwritable(folder, e);
        }
    }

    /** Removes what was added and not finished. */
    @Override
    public void close() {
        waiting.values().forEach(this::discard);
        waiting.clear();
    }

    private Stored write(InputStream content, long size, Temporary temporary) throws IOException {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256, Digest.Algorithm.MD5);
        try (FileChannel out = temporary.channel()) {
            long left = size;
            while (left > 0) {
                int read = content.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (read < 0) {
                    throw new EOFException("it ends %d bytes early".formatted(left));
                }
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                digester.update(bytes);
                append(out, bytes, temporary.file());
                left -= read;
            }
        }
        return new Stored(
                new Content(size, digester.finish(Digest.Algorithm.SHA256)), digester.finish(Digest.Algorithm.MD5));
    }

    /** What is here is compared rather than trusted: this is the moment at which a damaged one can be mended. */
    private void keep(Content content, Path temporary) throws IOException {
        Digest name = content.sha256();
        Path object = store.pathOf(name);
        boolean isHere = store.find(name).isPresent();
        if (waiting.containsKey(name)) {
            discard(temporary);
            return;
        }
        if (isHere && isSame(object, temporary)) {
            discard(temporary);
            // Whoever gave it its name may have been interrupted before that was on the disk.
            folders.add(object.getParent());
            return;
        }
        if (isHere) {
            LOG.warn("{} is damaged, and replaced by what it should be", object);
        }
        waiting.put(name, temporary);
        waitingBytes += content.size();
        if (waiting.size() >= MAX_WAITING || waitingBytes >= MAX_WAITING_BYTES) {
            finish();
        }
    }

    private static boolean isSame(Path object, Path temporary) {
        try {
            return Files.mismatch(object, temporary) < 0;
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}", object, FileFault.why(e));
            return false;
        }
    }

    /** Others may write here as well: what they have is left alone. */
    private Temporary create() {
        while (true) {
            Path file = folder.resolve(DurableFiles.TEMPORARY + count++);
            try {
                return new Temporary(file, files.create(file, DurableFiles.Readers.EVERYBODY_FOR_GOOD));
            } catch (FileAlreadyExistsException e) {
                LOG.debug("{} is somebody else's", file);
            } catch (IOException e) {
                throw FileFault.unwritable(file, e);
            }
        }
    }

    private static void append(FileChannel out, ByteBuffer bytes, Path temporary) {
        try {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(temporary, e);
        }
    }

    private void requireRoom(long size) {
        FreeSpace free = FreeSpace.below(folder);
        if (!free.has(size, RESERVE_BYTES)) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s has no room for %d bytes: free are %d, of which %d are kept free; 'ota-server gc' removes what is of no use"
                            .formatted(folder, size, free.bytes(), RESERVE_BYTES));
        }
    }

    private void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            LOG.warn("{} is left behind: {}", temporary, FileFault.why(e));
        }
    }
}
