package dev.otapair.server.delta;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A few numbers by which contents that have much in common are known: the smallest of the hashes of all their stretches of 64 bytes
 * (Broder: On the resemblance and containment of documents, 1997). Not thread-safe while it takes in bytes.
 */
final class Sketch {
    /** How many numbers. */
    static final int SIZE = 64;

    private static final long[] GEAR = gear();

    /** A heap with the largest on top, as long as there are fewer numbers unsorted. */
    private final long[] smallest = new long[SIZE];

    private int count;
    private long rolling;
    private long taken;

    /** Takes in some bytes; moves the buffer to its limit. */
    void add(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            rolling = (rolling << 1) + GEAR[bytes.get() & 0xff];
            taken++;
            if (taken >= Long.SIZE) {
                add(scattered(rolling));
            }
        }
    }

    /** Returns the numbers, ascending, none twice. */
    long[] numbers() {
        long[] sorted = Arrays.copyOf(smallest, count);
        Arrays.sort(sorted);
        return sorted;
    }

    /** Returns how many numbers two contents share: up to {@link #SIZE} where they are alike. */
    static int common(long[] one, long[] other) {
        int common = 0;
        int j = 0;
        for (long number : one) {
            while (j < other.length && other[j] < number) {
                j++;
            }
            common += j < other.length && other[j] == number ? 1 : 0;
        }
        return common;
    }

    private void add(long number) {
        if (count == SIZE && number >= smallest[0]) {
            return;
        }
        for (int i = 0; i < count; i++) {
            if (smallest[i] == number) {
                return;
            }
        }
        if (count < SIZE) {
            smallest[count] = number;
            up(count++);
        } else {
            smallest[0] = number;
            down();
        }
    }

    private void up(int from) {
        int at = from;
        while (at > 0 && smallest[(at - 1) / 2] < smallest[at]) {
            swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    private void down() {
        int at = 0;
        while (2 * at + 1 < count) {
            int child = 2 * at + 1;
            if (child + 1 < count && smallest[child + 1] > smallest[child]) {
                child++;
            }
            if (smallest[child] <= smallest[at]) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }

    private void swap(int one, int other) {
        long number = smallest[one];
        smallest[one] = smallest[other];
        smallest[other] = number;
    }

    /** Without it the smallest would be those of stretches that end alike. */
    private static long scattered(long hash) {
        long mixed = (hash ^ hash >>> 32) * 0x9e3779b97f4a7c15L;
        return (mixed ^ mixed >>> 29) >>> 1;
    }

    private static long[] gear() {
        long[] gear = new long[256];
        long state = 1;
        for (int i = 0; i < gear.length; i++) {
            state += 0x9e3779b97f4a7c15L;
            long mixed = (state ^ state >>> 30) * 0xbf58476d1ce4e5b9L;
            mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
            gear[i] = mixed ^ mixed >>> 31;
        }
        return gear;
    }
}
