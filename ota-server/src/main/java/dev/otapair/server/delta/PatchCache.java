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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Patches and plans on disk, shared by the processes that make them and the daemon that hands them out. What is here is whole: pieces
 * come first, then the plan that names them, then the pair that names the plan, each durable before the next. What a maker that was
 * killed has left lies in a folder of its own, and is removed by the next one. Thread-safe.
 *
 * @see "docs/increments.md, section 2"
 */
final class PatchCache {
    private static final Logger LOG = Loggers.of(PatchCache.class);

    /** No pair is called so. */
    private static final String SWEEP = "sweep";

    private final CacheFolders folders;
    private final Workplaces workplaces;
    private final DurableFiles files;

    /** @param folder need not exist */
    PatchCache(Path folder, DurableFiles files) {
        this.folders = new CacheFolders(folder);
        this.workplaces = new Workplaces(folders, files);
        this.files = files;
    }

    Path folder() {
        return folders.root();
    }

    /** Returns what is known of a pair; empty when its plan is not made, or the record is damaged. */
    Optional<PairRecord> pair(Pair pair) {
        Path file = folders.pairs().resolve(pair.name());
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
        Path file = folders.plans().resolve(id.hex());
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
        Path file = folders.plans().resolve(plan.hex());
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
        return Optional.of(folders.pieces().resolve(sha256.hex())).filter(PatchCache::isFile);
    }

    /**
     * Reads a small piece.
     *
     * @throws OtaException IO_ERROR if it is not here, DIGEST_MISMATCH if it is damaged
     */
    byte[] read(Content piece) {
        Path file = folders.pieces().resolve(piece.sha256().hex());
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
        Path file = folders.pairs().resolve(pair.name());
        try {
            files.delete(file);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /** Removes a piece that is damaged. */
    void forgetPiece(Digest sha256) {
        Path file = folders.pieces().resolve(sha256.hex());
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
        Path place = workplaces.placeOf(pair.name());
        Optional<PairLock> lock = workplaces.tryLock(pair.name());
        if (lock.isEmpty()) {
            return Optional.empty();
        }
        Making making = new Making(folders, lock.get(), pair, place, files);
        try {
            workplaces.tidy();
            files.deleteTree(place);
            for (Path each : List.of(place, folders.pieces(), folders.plans(), folders.pairs())) {
                files.ensureWritableFolder(each);
            }
            return Optional.of(making);
        } catch (IOException e) {
            making.close();
            throw FileFault.unwritable(place, e);
        }
    }

    /**
     * Makes room: plans that no board was answered with for longest go first, and the pieces that only they have. Those answered within
     * {@code keep} stay, however much that is. One process at a time; where another one does it, nothing is done.
     *
     * @param most bytes of pieces
     */
    void sweep(long most, Duration keep, Instant now) {
        Optional<PairLock> lock = workplaces.tryLock(SWEEP);
        if (lock.isEmpty()) {
            return;
        }
        try {
            new CacheSweep(folders, this).run(most, keep, now);
        } catch (IOException e) {
            LOG.warn("{} cannot be swept: {}", folders.root(), FileFault.why(e));
        } catch (OtaException e) {
            LOG.warn("{} cannot be swept: {}", folders.root(), e.getMessage());
        } finally {
            workplaces.release(lock.get());
        }
    }

    private static boolean isFile(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }
}
