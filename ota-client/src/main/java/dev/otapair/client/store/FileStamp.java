package dev.otapair.client.store;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * How a file looks from outside: what changes when its content does, whatever the application that wrote it says of its time.
 *
 * @param size in bytes
 * @param modified when its content was changed last, as far as that was not set by hand, in nanoseconds since 1970
 * @param changed when anything about it was changed last, which nobody can set, in nanoseconds since 1970
 * @param inode its number on its file system, not 0
 */
public record FileStamp(long size, long modified, long changed, long inode) {
    /** Within so much two changes may have the same time: the kernel's clock for files ticks 100 to 1000 times a second. */
    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(50);

    /** As above, where the file system keeps whole seconds only. */
    private static final long COARSE_TICK = TimeUnit.SECONDS.toNanos(2);

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /**
     * Says whether a later change shows: whether this looks old enough that no change after it can have the same time.
     *
     * @param lookedAt before the file was looked at
     */
    public boolean isSettled(Instant lookedAt) {
        long tick = changed % SECOND == 0 ? COARSE_TICK : TICK;
        long now = TimeUnit.SECONDS.toNanos(lookedAt.getEpochSecond()) + lookedAt.getNano();
        return changed < now - tick;
    }

    /** Says whether this is the same content at the same place, if nobody set its time by hand: a link more or less does not count. */
    public boolean isOfSameContent(FileStamp other) {
        return size == other.size && modified == other.modified && inode == other.inode;
    }
}
