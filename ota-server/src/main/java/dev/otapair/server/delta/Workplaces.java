package dev.otapair.server.delta;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/** Who is at work in the cache of patches: a lock by the name of what is worked on, and a folder of that name. Thread-safe. */
final class Workplaces {
    private static final Logger LOG = Loggers.of(Workplaces.class);

    private final CacheFolders folders;
    private final DurableFiles files;
    private final Set<Path> heldHere = ConcurrentHashMap.newKeySet();

    Workplaces(CacheFolders folders, DurableFiles files) {
        this.folders = folders;
        this.files = files;
    }

    /** Returns the folder for what is worked on, which need not be there. */
    Path placeOf(String name) {
        return folders.work().resolve(name);
    }

    /**
     * Takes the right to work on something, if nobody else has it.
     *
     * @return for the caller to give back
     * @throws OtaException CANNOT_WRITE
     */
    Optional<PairLock> tryLock(String name) {
        Path file = folders.locks().resolve(name);
        try {
            files.ensureWritableFolder(folders.locks());
            return PairLock.tryTake(file, files, heldHere);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /** Gives it back; a lock that stays is freed when this process ends. */
    void release(PairLock lock) {
        try {
            lock.release();
        } catch (IOException e) {
            LOG.warn("a lock in {} cannot be given back: {}", folders.locks(), FileFault.why(e));
        }
    }

    /** Removes what makers and sweeps left that were killed: nobody holds their locks. */
    void tidy() {
        try {
            // A maker has its lock before its folder; a file system that lost power may have kept either.
            Set<String> left = new TreeSet<>(namesIn(folders.work()));
            left.addAll(namesIn(folders.locks()));
            left.forEach(this::tidy);
        } catch (IOException e) {
            LOG.warn("{} cannot be tidied: {}", folders.root(), FileFault.why(e));
        }
    }

    private void tidy(String name) {
        try {
            Optional<PairLock> lock = tryLock(name);
            if (lock.isPresent()) {
                remove(placeOf(name));
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
                    .collect(Collectors.toSet());
        } catch (NoSuchFileException e) {
            // Nothing was ever made.
            return Set.of();
        }
    }
}
