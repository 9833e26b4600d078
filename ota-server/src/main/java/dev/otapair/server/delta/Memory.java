package dev.otapair.server.delta;

import dev.otapair.protocol.delta.PatchWriter;

/**
 * What making a patch may take.
 *
 * @param heap bytes of Java's heap, for contents and their comparison
 * @param all bytes of the process
 */
record Memory(long heap, long all) {
    private static final long MIB = 1L << 20;

    /** For Java itself, and what zstd takes beside a heap that is full. */
    private static final long BESIDE_HEAP = 256 * MIB;

    /** Of the heap, for all but contents and their comparison. */
    private static final long SMALL_THINGS = 32 * MIB;

    /** A patch that makes more could not be begun again at a reasonable place. */
    private static final long MAX_MADE = 1024 * MIB;

    private static final int MIN_LOG = 20;
    private static final int MAX_LOG = 30;

    /** @param all bytes of the process */
    static Memory of(long all) {
        return new Memory(Math.min(heapFor(all), Runtime.getRuntime().maxMemory()) - SMALL_THINGS, all);
    }

    /** Returns how large a process's heap may be for all of it to stay within some bytes. */
    static long heapFor(long all) {
        return all - BESIDE_HEAP;
    }

    /** Says whether there is room for a patch of the bsdiff kind. */
    boolean hasRoomForPatch(long oldBytes, long newBytes) {
        return oldBytes <= PatchWriter.MAX_OLD
                && newBytes <= MAX_MADE
                && oldBytes + newBytes + PatchWriter.heapBytes(oldBytes) <= heap;
    }

    /**
     * Returns the size of zstd's tables for a patch of its kind, as a power of two, so that the coder and two copies of the old content
     * fit; 0 where nothing of use does. The coder has two tables of 4 bytes, twice: once filled with the old content, and at work.
     */
    int zstdTableLog(long oldBytes, long newBytes) {
        if (oldBytes > heap || oldBytes > Integer.MAX_VALUE - 64 || newBytes > MAX_MADE) {
            return 0;
        }
        int log = Math.min(MAX_LOG, logOf(oldBytes + newBytes));
        while (log >= MIN_LOG && (16L << log) + 2 * oldBytes + BESIDE_HEAP > all) {
            log--;
        }
        return log < MIN_LOG && log < logOf(oldBytes + newBytes) ? 0 : log;
    }

    /** Returns the least power of two that is not less, as its logarithm. */
    static int logOf(long bytes) {
        return Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, bytes - 1));
    }
}
