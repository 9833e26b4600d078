package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;

/** Lets one publisher at a time change what is offered. The kernel frees it when the process ends, however it ends. */
final class PublishLock implements AutoCloseable {
    private static final Logger LOG = Loggers.of(PublishLock.class);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final FileChannel channel;

    private PublishLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock; waits for a publisher that is at work.
     *
     * @param stateFolder must exist
     * @param patience how long to wait: a large package takes its time
     * @throws OtaException SERVER_BUSY if it was not free in time, CANNOT_WRITE
     */
    static PublishLock take(Path stateFolder, DurableFiles files, Duration patience) {
        Path file = stateFolder.resolve("publish.lock");
        try {
            // Root may be the first to publish, and the server's user the next.
            files.ensureFile(file, DurableFiles.Readers.EVERYBODY);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            if (!isTakenWithin(channel, patience)) {
                channel.close();
                throw new OtaException(
                        ErrorCode.SERVER_BUSY,
                        "another publisher has been at work for %d s (%s); try again when it is done"
                                .formatted(patience.toSeconds(), file));
            }
            return new PublishLock(channel);
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE, "%s cannot be locked: %s".formatted(file, FileFault.why(e)), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, "the publisher's lock cannot be given back: " + FileFault.why(e), e);
        }
    }

    private static boolean isTakenWithin(FileChannel channel, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        boolean told = false;
        while (!isFreeFor(channel)) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            if (!told) {
                LOG.info("Another publisher is at work; waiting for it");
                told = true;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        return true;
    }

    private static boolean isFreeFor(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
