package dev.otapair.client.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Lets one run at a time work on a board's state. The kernel frees it when the process ends, however it ends. */
public final class RunLock implements AutoCloseable {
    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock, if it is free; does not wait.
     *
     * @param folder the state folder; must exist
     * @return empty when another run has it
     * @throws OtaException CANNOT_WRITE
     */
    public static Optional<RunLock> tryTake(Path folder) {
        Path file = folder.resolve("lock");
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            if (isTaken(channel)) {
                channel.close();
                return Optional.empty();
            }
            return Optional.of(new RunLock(channel));
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE, "%s cannot be locked: %s".formatted(file, FileFault.why(e)), e);
        }
    }

    private static boolean isTaken(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new OtaException(ErrorCode.IO_ERROR, "the run's lock cannot be given back: " + FileFault.why(e), e);
        }
    }
}
