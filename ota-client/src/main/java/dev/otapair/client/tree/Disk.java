package dev.otapair.client.tree;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;

/** How much room things take, and how it is given back. Stateless. */
final class Disk {
    /** What a small file takes, and about what an entry takes besides its content. */
    static final long BLOCK_BYTES = 4096;

    private static final DurableFiles FILES = new DurableFiles();

    private Disk() {}

    /** Returns what a file takes, in whole blocks, at least one. */
    static long blocksOf(long size) {
        return size == 0 ? BLOCK_BYTES : sum(size, BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    }

    /** Adds two numbers that are not negative; what is beyond a long is as good as endless. */
    static long sum(long one, long other) {
        return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
    }

    /**
     * Sees that something fits.
     *
     * @throws OtaException CANNOT_WRITE
     */
    static void requireRoom(Path place, long needed, long room) {
        if (needed > room) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s takes %d bytes, %d may be used; remove old releases".formatted(place, needed, room));
        }
    }

    /** Removes files and folders, as far as they are there; where it cannot, the failure that came before counts. */
    static void removeAfter(Throwable failure, Path... leftovers) {
        for (Path leftover : leftovers) {
            try {
                FILES.deleteTree(leftover);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
