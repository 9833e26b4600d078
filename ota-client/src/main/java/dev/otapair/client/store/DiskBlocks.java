package dev.otapair.client.store;

/** What files take on a disk. Stateless. */
public final class DiskBlocks {
    /** What a small file takes, and about what an entry takes besides its content. */
    public static final long BYTES = 4096;

    private DiskBlocks() {}

    /** Returns what a file takes, in whole blocks, at least one; {@link Long#MAX_VALUE} at most. */
    public static long of(long size) {
        long blocks = Math.max(1, size / BYTES + (size % BYTES == 0 ? 0 : 1));
        return blocks > Long.MAX_VALUE / BYTES ? Long.MAX_VALUE : blocks * BYTES;
    }
}
