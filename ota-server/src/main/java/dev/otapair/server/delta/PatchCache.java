package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.server.store.FreeSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Patches and plans on disk, shared by the processes that make them and the daemon that hands them out. What is here is whole: pieces
 * come first, then the plan that names them, then the pair that names the plan, each durable before the next. What a maker that was
 * killed has left lies in a folder of its own, and is removed by the next one. Thread-safe.
 *
 * @see "docs/increments.md, section 2"
 */
final class PatchCache {
    private static final Logger LOG = LoggerFactory.getLogger(PatchCache.class);

    /** No pair is called so. */
    private static final String SWEEP = "sweep";

    /** Left free by {@link Making#requireRoom} for everything else that writes on that disk, and for what goes with pieces. */
    private static final long RESERVE_BYTES = 64L << 20;

    private final Path folder;
    private final Path pieces;
    private final Path plans;
    private final Path pairs;
    private final Path locks;
    private final Path work;
    private final DurableFiles files;
    private final Set<Path> heldHere = ConcurrentHashMap.newKeySet();

    /** @param folder need not exist */
    PatchCache(Path folder, DurableFiles files) {
        this.folder = folder;
        this.pieces = folder.resolve("pieces");
        this.plans = folder.resolve("plans");
        this.pairs = folder.resolve("pairs");
        this.locks = folder.resolve("locks");
        this.work = folder.resolve("work");
        this.files = files;
    }

    Path folder() {
        return folder;
    }

    /** Returns what is known of a pair; empty when its plan is not made, or the record is damaged. */
    Optional<PairRecord> pair(Pair pair) {
        Path file = pairs.resolve(pair.name());
        try {
            return CheckedText.read(file, PairRecord.KIND).map(PairRecord::parse);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            LOG.warn("{} is left out: {}", file, e.getMessage());
            return Optional.empty();
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /** Returns a plan; empty when it is not here, or damaged. */
    Optional<Plan> plan(Digest id) {
        Path file = plans.resolve(id.hex());
        try {
            byte[] text = Files.readAllBytes(file);
            if (!ContentDigester.sha256Of(text).equals(id)) {
                LOG.warn("{} is damaged, and left out", file);
                return Optional.empty();
            }
            return Optional.of(Plan.parse(text));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (OtaException e) {
            LOG.warn("{} is left out: {}", file, e.getMessage());
            return Optional.empty();
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /**
     * Notes that a board was answered with a plan: from now on it is kept for a while, and so are its pieces.
     *
     * @return whether it is here
     */
    boolean touch(Digest plan, Instant now) {
        Path file = plans.resolve(plan.hex());
        try {
            Files.setLastModifiedTime(file, FileTime.from(now));
            return Files.exists(file);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            LOG.warn("{} cannot be marked as used: {}", file, FileFault.why(e));
            return Files.exists(file);
        }
    }

    /** Returns a piece's file, if it is here. */
    Optional<Path> piece(Digest sha256) {
        return Optional.of(pieces.resolve(sha256.hex())).filter(PatchCache::isFile);
    }

    /**
     * Reads a small piece.
     *
     * @throws OtaException IO_ERROR if it is not here, DIGEST_MISMATCH if it is damaged
     */
    byte[] read(Content piece) {
        Path file = pieces.resolve(piece.sha256().hex());
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (!ContentDigester.sha256Of(bytes).equals(piece.sha256())) {
                throw new OtaException(ErrorCode.DIGEST_MISMATCH, file + " is damaged");
            }
            return bytes;
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /** Forgets a pair: its plan, or a piece of it, is no good. */
    void forget(Pair pair) {
        Path file = pairs.resolve(pair.name());
        try {
            files.delete(file);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /** Removes a piece that is damaged. */
    void forgetPiece(Digest sha256) {
        Path file = pieces.resolve(sha256.hex());
        try {
            files.delete(file);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /**
     * Takes the right to make a pair's plan, if nobody else has it, and removes what others left who were killed.
     *
     * @return for the caller to close
     * @throws OtaException CANNOT_WRITE
     */
    Optional<Making> begin(Pair pair) {
        Path place = work.resolve(pair.name());
        Optional<PairLock> lock = tryLock(pair.name());
        if (lock.isEmpty()) {
            return Optional.empty();
        }
        Making making = new Making(lock.get(), pair, place);
        try {
            tidy();
            files.deleteTree(place);
            for (Path each : List.of(place, pieces, plans, pairs)) {
                files.ensureWritableFolder(each);
            }
            return Optional.of(making);
        } catch (IOException e) {
            making.close();
            throw FileFault.unwritable(place, e);
        }
    }

    /** The right to make one plan: a folder for what is needed on the way, and a way into the cache. Not thread-safe. */
    final class Making implements AutoCloseable {
        private final PairLock lock;
        private final Pair pair;
        private final Path place;
        private int made;

        private Making(PairLock lock, Pair pair, Path place) {
            this.lock = lock;
            this.pair = pair;
            this.place = place;
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
                                .formatted(pair, bytes, folder, free.bytes(), RESERVE_BYTES));
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
            rename(file, pieces.resolve(sha256.hex()));
        }

        /** As above, for a small piece. */
        Content keepPiece(byte[] content) {
            Digest sha256 = ContentDigester.sha256Of(content);
            put(content, pieces.resolve(sha256.hex()));
            return new Content(content.length, sha256);
        }

        /** Keeps a plan whose pieces are all here, or among the objects of releases. */
        void keepPlan(Plan plan) {
            byte[] text = plan.toBytes();
            put(text, plans.resolve(ContentDigester.sha256Of(text).hex()));
        }

        /** Makes a plan known that is here: the last thing to be done. */
        void finish(PairRecord record) {
            put(CheckedText.seal(PairRecord.KIND, record.text()), pairs.resolve(pair.name()));
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

    /**
     * Makes room: plans that no board was answered with for longest go first, and the pieces that only they have. Those answered within
     * {@code keep} stay, however much that is. One process at a time; where another one does it, nothing is done.
     *
     * @param most bytes of pieces
     */
    void sweep(long most, Duration keep, Instant now) {
        Optional<PairLock> lock = tryLock(SWEEP);
        if (lock.isEmpty()) {
            return;
        }
        try {
            new CacheSweep(pieces, plans, pairs, this).run(most, keep, now);
        } catch (IOException e) {
            LOG.warn("{} cannot be swept: {}", folder, FileFault.why(e));
        } catch (OtaException e) {
            LOG.warn("{} cannot be swept: {}", folder, e.getMessage());
        } finally {
            release(lock.get());
        }
    }

    private void release(PairLock lock) {
        try {
            lock.release();
        } catch (IOException e) {
            LOG.warn("a lock in {} cannot be given back: {}", locks, FileFault.why(e));
        }
    }

    private Optional<PairLock> tryLock(String name) {
        Path file = locks.resolve(name);
        try {
            files.ensureWritableFolder(locks);
            return PairLock.tryTake(file, files, heldHere);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /** Removes what makers and sweeps left that were killed: nobody holds their locks. */
    private void tidy() {
        try {
            // A maker has its lock before its folder; a file system that lost power may have kept either.
            Set<String> left = new TreeSet<>(namesIn(work));
            left.addAll(namesIn(locks));
            left.forEach(this::tidy);
        } catch (IOException e) {
            LOG.warn("{} cannot be tidied: {}", folder, FileFault.why(e));
        }
    }

    private void tidy(String name) {
        try {
            Optional<PairLock> lock = tryLock(name);
            if (lock.isPresent()) {
                remove(work.resolve(name));
                release(lock.get());
            }
        } catch (OtaException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    private void remove(Path place) {
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        LOG.info("Removing {}, which an interrupted process left", place);
        try {
            files.deleteTree(place);
        } catch (IOException e) {
            LOG.warn("{} cannot be removed: {}", place, FileFault.why(e));
        }
    }

    private static Set<String> namesIn(Path folder) throws IOException {
        try {
            return Folders.list(folder).stream()
                    .map(entry -> entry.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (NoSuchFileException e) {
            // Nothing was ever made.
            return Set.of();
        }
    }

    private static boolean isFile(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }
}
