package dev.otapair.client.store;

import java.io.File;
import java.nio.file.Path;

/**
 * What may still be written to a disk, in bytes.
 *
 * @param free {@link Long#MAX_VALUE} on a disk that tells no size, where it is for the writing to fail
 * @param reserve what is to stay free for everything else that writes there: 16 MiB, of a small disk less
 */
public record FreeSpace(long free, long reserve) {
    private static final long MAX_RESERVE_BYTES = 16L * 1024 * 1024;
    private static final int MIN_SHARE = 16;

    /**
     * Asks the kernel: Java's {@code FileStore} needs the mount to be listed, which it is not within a chroot.
     *
     * @param place a file or folder on that disk
     */
    public static FreeSpace at(Path place) {
        File file = place.toFile();
        long total = file.getTotalSpace();
        return total == 0
                ? new FreeSpace(Long.MAX_VALUE, 0)
                : new FreeSpace(file.getUsableSpace(), Math.min(MAX_RESERVE_BYTES, total / MIN_SHARE));
    }

    /** Returns how much may be written. */
    public long room() {
        return Math.max(0, free - reserve);
    }
}
