package dev.otapair.client.tree;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;

/** Whether things fit, and how their room is given back. Stateless. */
final class Disk {
    private static final DurableFiles FILES = new DurableFiles();

    private Disk() {}

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
