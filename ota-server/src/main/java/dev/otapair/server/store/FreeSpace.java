package dev.otapair.server.store;

import java.io.File;
import java.nio.file.Path;

/**
 * What may still be written below a folder.
 *
 * @param bytes {@link Long#MAX_VALUE} on a disk that tells no size, where it is for the writing to fail
 */
public record FreeSpace(long bytes) {
    /**
     * Asks the kernel about the folder: Java's {@code FileStore} needs the mount to be listed, which it is not within a chroot.
     *
     * @param folder exists
     */
    public static FreeSpace below(Path folder) {
        File place = folder.toFile();
        return new FreeSpace(place.getTotalSpace() == 0 ? Long.MAX_VALUE : place.getUsableSpace());
    }

    /** Says whether so much fits and so much more stays free. */
    public boolean has(long size, long reserve) {
        return size <= bytes - reserve;
    }
}
