package dev.otapair.server.delta;

import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;

/**
 * Lets one process at a time make a plan. The kernel frees it when the process ends, however it ends.
 *
 * <p>Within one process a lock of the kernel's keeps nobody out, and is lost when anybody closes the file: there the names that are
 * held are remembered.
 */
final class PairLock {
    private static final int ATTEMPTS = 5;

    private final Path file;
    private final FileChannel channel;
    private final Set<Path> heldHere;

    private PairLock(Path file, FileChannel channel, Set<Path> heldHere) {
        this.file = file;
        this.channel = channel;
        this.heldHere = heldHere;
    }

    /**
     * Takes the lock if it is free.
     *
     * @param file made if it is missing, in a folder that exists
     * @param heldHere the locks that this process holds
     * @throws IOException if the file cannot be made or locked
     */
    static Optional<PairLock> tryTake(Path file, DurableFiles files, Set<Path> heldHere) throws IOException {
        if (!heldHere.add(file)) {
            return Optional.empty();
        }
        Optional<PairLock> taken = Optional.empty();
        try {
            for (int i = 0; i < ATTEMPTS && taken.isEmpty(); i++) {
                ensureThere(file, files);
                Optional<Object> before = keyOf(file);
                Optional<FileChannel> channel = opened(file);
                if (channel.isPresent() && !isLocked(channel.get())) {
                    channel.get().close();
                    break;
                }
                // Whoever had it may have removed the file meanwhile: then this is a lock that nobody else sees.
                boolean isTheOne = before.isPresent() && before.equals(keyOf(file));
                if (isTheOne && channel.isPresent()) {
                    taken = Optional.of(new PairLock(file, channel.get(), heldHere));
                } else if (channel.isPresent()) {
                    channel.get().close();
                }
            }
            return taken;
        } finally {
            if (taken.isEmpty()) {
                heldHere.remove(file);
            }
        }
    }

    /** Gives it back, and leaves no file behind. */
    void release() throws IOException {
        try {
            Files.deleteIfExists(file);
        } finally {
            channel.close();
            heldHere.remove(file);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** A command of the administrator's may make it, and the daemon take it later. */
    private static void ensureThere(Path file, DurableFiles files) throws IOException {
        try {
            files.ensureFile(file, DurableFiles.Readers.EVERYBODY);
        } catch (NoSuchFileException e) {
            // Whoever else took and gave back what was made here has removed it: it is looked for once more.
        }
    }

    private static Optional<FileChannel> opened(Path file) throws IOException {
        try {
            return Optional.of(FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Returns what tells the file of that name from others. */
    private static Optional<Object> keyOf(Path file) throws IOException {
        try {
            return Optional.of(Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
