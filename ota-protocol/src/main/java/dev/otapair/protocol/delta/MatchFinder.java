package dev.otapair.protocol.delta;

import java.util.Arrays;

/**
 * Finds the longest stretch of old bytes that new bytes begin with. Not thread-safe: the answer to the last question is kept here.
 */
final class MatchFinder {
    private static final int MAX_ALIKE = 64;
    private static final int WIDE_FROM = 32 * 1024 * 1024;

    private final byte[] old;
    private final int[] sorted;
    private final int width;
    private final int[] starts;

    private int length;
    private int position;
    private int place;

    /**
     * Sorts the old bytes, and keeps an index of their first two bytes (256 KiB) or, from 32 MiB of old bytes on, three (64 MiB).
     *
     * @param old not copied, not to be changed
     */
    MatchFinder(byte[] old) {
        this.old = old;
        this.sorted = SuffixArray.of(old);
        this.width = old.length >= WIDE_FROM ? 3 : 2;
        this.starts = new int[(1 << 8 * width) + 1];
        for (int i = 0; i < old.length; i++) {
            starts[key(old, i) + 1]++;
        }
        for (int i = 1; i < starts.length; i++) {
            starts[i] += starts[i - 1];
        }
    }

    /**
     * Searches; {@link #length} and {@link #position} have the answer.
     *
     * @param from where the sought bytes begin in {@code made}
     */
    void find(byte[] made, int from) {
        length = 0;
        position = 0;
        if (made.length - from < width) {
            return;
        }
        int key = key(made, from);
        int low = starts[key];
        int high = starts[key + 1] - 1;
        if (low > high) {
            return;
        }
        int lowLength = shared(made, from, sorted[low], 0);
        int highLength = shared(made, from, sorted[high], 0);
        while (high - low > 1) {
            int middle = low + high >>> 1;
            int suffix = sorted[middle];
            int middleLength = shared(made, from, suffix, Math.min(lowLength, highLength));
            if (isBelow(made, from, suffix, middleLength)) {
                low = middle;
                lowLength = middleLength;
            } else {
                high = middle;
                highLength = middleLength;
            }
        }
        length = Math.max(lowLength, highLength);
        place = lowLength >= highLength ? low : high;
        position = sorted[place];
    }

    /**
     * Goes to the match nearest to a position, among as many of the same length on either side as a search may look at.
     *
     * @param wanted in the old bytes, or outside
     */
    void toNearest(long wanted) {
        for (int step = -1; step <= 1; step += 2) {
            for (int i = 1; i <= MAX_ALIKE && isAlike(place + step * i); i++) {
                int other = sorted[place + step * i];
                if (Math.abs(other - wanted) < Math.abs(position - wanted)) {
                    position = other;
                }
            }
        }
    }

    private boolean isAlike(int other) {
        if (other < 0 || other >= sorted.length) {
            return false;
        }
        int one = sorted[place];
        int suffix = sorted[other];
        return old.length - suffix >= length && Arrays.equals(old, one, one + length, old, suffix, suffix + length);
    }

    /** Returns how many bytes are the same; 0 where fewer than the index tells apart. */
    int length() {
        return length;
    }

    /** Returns where they begin in the old bytes. */
    int position() {
        return position;
    }

    private boolean isBelow(byte[] made, int from, int suffix, int same) {
        if (suffix + same == old.length) {
            return true;
        }
        return from + same < made.length && (old[suffix + same] & 0xff) < (made[from + same] & 0xff);
    }

    private int shared(byte[] made, int from, int suffix, int known) {
        int first = Arrays.mismatch(old, suffix + known, old.length, made, from + known, made.length);
        return first < 0 ? old.length - suffix : known + first;
    }

    /** What is beyond the end counts as 0: a short suffix is below all that it begins. */
    private int key(byte[] text, int from) {
        int key = 0;
        for (int i = from; i < from + width; i++) {
            key = key << 8 | (i < text.length ? text[i] & 0xff : 0);
        }
        return key;
    }
}
