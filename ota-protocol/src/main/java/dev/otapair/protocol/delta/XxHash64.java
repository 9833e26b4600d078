package dev.otapair.protocol.delta;

/** The XXH64 digest with the seed 0, of which a zstd frame keeps the low half. */
final class XxHash64 {
    private static final long PRIME_1 = 0x9E3779B185EBCA87L;
    private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
    private static final long PRIME_3 = 0x165667B19E3779F9L;
    private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
    private static final long PRIME_5 = 0x27D4EB2F165667C5L;
    private static final int STRIPE_BYTES = 32;

    private final byte[] stripe = new byte[STRIPE_BYTES];
    private int held;
    private long length;
    private long lane1 = PRIME_1 + PRIME_2;
    private long lane2 = PRIME_2;
    private long lane3;
    private long lane4 = -PRIME_1;

    void update(byte[] bytes, int start, int count) {
        int at = start;
        int end = start + count;
        length += count;
        if (held > 0) {
            int taken = Math.min(count, STRIPE_BYTES - held);
            System.arraycopy(bytes, at, stripe, held, taken);
            held += taken;
            at += taken;
            if (held < STRIPE_BYTES) {
                return;
            }
            stripes(stripe, 0, STRIPE_BYTES);
        }
        int whole = at + (end - at) / STRIPE_BYTES * STRIPE_BYTES;
        stripes(bytes, at, whole);
        held = end - whole;
        System.arraycopy(bytes, whole, stripe, 0, held);
    }

    private void stripes(byte[] bytes, int start, int end) {
        long v1 = lane1;
        long v2 = lane2;
        long v3 = lane3;
        long v4 = lane4;
        for (int at = start; at < end; at += STRIPE_BYTES) {
            v1 = round(v1, LittleEndian.getLong(bytes, at));
            v2 = round(v2, LittleEndian.getLong(bytes, at + 8));
            v3 = round(v3, LittleEndian.getLong(bytes, at + 16));
            v4 = round(v4, LittleEndian.getLong(bytes, at + 24));
        }
        lane1 = v1;
        lane2 = v2;
        lane3 = v3;
        lane4 = v4;
    }

    /** Returns the digest of all that came so far. */
    long digest() {
        long hash = PRIME_5;
        if (length >= STRIPE_BYTES) {
            hash = Long.rotateLeft(lane1, 1)
                    + Long.rotateLeft(lane2, 7)
                    + Long.rotateLeft(lane3, 12)
                    + Long.rotateLeft(lane4, 18);
            hash = merge(merge(merge(merge(hash, lane1), lane2), lane3), lane4);
        }
        hash += length;
        int at = 0;
        for (; at + 8 <= held; at += 8) {
            hash = Long.rotateLeft(hash ^ round(0, LittleEndian.getLong(stripe, at)), 27) * PRIME_1 + PRIME_4;
        }
        if (at + 4 <= held) {
            hash = Long.rotateLeft(hash ^ (LittleEndian.getInt(stripe, at) & 0xffff_ffffL) * PRIME_1, 23) * PRIME_2
                    + PRIME_3;
            at += 4;
        }
        for (; at < held; at++) {
            hash = Long.rotateLeft(hash ^ (stripe[at] & 0xff) * PRIME_5, 11) * PRIME_1;
        }
        hash = (hash ^ hash >>> 33) * PRIME_2;
        hash = (hash ^ hash >>> 29) * PRIME_3;
        return hash ^ hash >>> 32;
    }

    private static long round(long lane, long input) {
        return Long.rotateLeft(lane + input * PRIME_2, 31) * PRIME_1;
    }

    private static long merge(long hash, long lane) {
        return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
    }
}
