package dev.otapair.protocol.delta;

import java.util.Arrays;

/**
 * A table of Finite State Entropy: what each state means, and which comes next.
 *
 * @see "RFC 8878, 4.1: FSE"
 */
final class FseTable {
    /** In a distribution: less than one, which takes one state. */
    private static final int RARE = -1;

    private static final int MIN_LOG = 5;

    private final int maxLog;
    private final int maxSymbol;
    private final int[] entries;
    private final int[] counts;
    private int log;

    /** @param maxLog of the number of states, 5 to 9 */
    FseTable(int maxLog, int maxSymbol) {
        this.maxLog = maxLog;
        this.maxSymbol = maxSymbol;
        this.entries = new int[1 << maxLog];
        this.counts = new int[maxSymbol + 1];
    }

    /** Makes a table of a distribution that is known to be sound. */
    static FseTable of(int log, int... distribution) {
        FseTable table = new FseTable(log, distribution.length - 1);
        System.arraycopy(distribution, 0, table.counts, 0, distribution.length);
        table.log = log;
        table.build();
        return table;
    }

    /** Returns the binary logarithm of the number of states; 0 where there is but one. */
    int log() {
        return log;
    }

    /** Returns the states: the symbol in the lowest 8 bits, how many bits to read in the next 8, and what to add to them. */
    int[] entries() {
        return entries;
    }

    /** Makes the table of a single state, which stays. */
    void setSingle(int symbol) throws ZstdException {
        if (symbol > maxSymbol) {
            throw new ZstdException("a zstd table has the symbol %d, the last is %d".formatted(symbol, maxSymbol));
        }
        log = 0;
        entries[0] = symbol;
    }

    /**
     * Reads a distribution, and makes its table.
     *
     * @param in with 8 bytes more than {@code end}
     * @return where it ends
     */
    int read(byte[] in, int start, int end) throws ZstdException {
        long limit = 8L * end;
        long at = 8L * start + 4;
        if (at > limit) {
            throw damaged();
        }
        log = (in[start] & 0xf) + MIN_LOG;
        if (log > maxLog) {
            throw damaged();
        }
        Arrays.fill(counts, 0);
        int left = 1 << log;
        int symbol = 0;
        while (left > 0) {
            if (symbol > maxSymbol || at > limit) {
                throw damaged();
            }
            int largest = left + 1;
            int bits = Integer.SIZE - Integer.numberOfLeadingZeros(largest);
            int shorter = (1 << bits) - 1 - largest;
            int half = 1 << bits - 1;
            int read = (int) (LittleEndian.getLong(in, (int) (at >> 3)) >>> (at & 7));
            int value = read & half - 1;
            if (value < shorter) {
                at += bits - 1;
            } else {
                value = read & 2 * half - 1;
                if (value >= half) {
                    value -= shorter;
                }
                at += bits;
            }
            int count = value - 1;
            counts[symbol++] = count;
            left -= Math.abs(count);
            if (count == 0) {
                int zeros;
                do {
                    if (at + 2 > limit) {
                        throw damaged();
                    }
                    zeros = LittleEndian.getShort(in, (int) (at >> 3)) >> (at & 7) & 3;
                    at += 2;
                    symbol += zeros;
                } while (zeros == 3);
            }
        }
        if (at > limit) {
            throw damaged();
        }
        build();
        return (int) (at + 7 >> 3);
    }

    private void build() {
        int size = 1 << log;
        int step = (size >> 1) + (size >> 3) + 3;
        int mask = size - 1;
        int last = size - 1;
        for (int symbol = 0; symbol <= maxSymbol; symbol++) {
            if (counts[symbol] == RARE) {
                entries[last--] = symbol;
            }
        }
        int at = 0;
        for (int symbol = 0; symbol <= maxSymbol; symbol++) {
            for (int i = 0; i < counts[symbol]; i++) {
                entries[at] = symbol;
                do {
                    at = at + step & mask;
                } while (at > last);
            }
        }
        for (int symbol = 0; symbol <= maxSymbol; symbol++) {
            counts[symbol] = Math.abs(counts[symbol]);
        }
        for (int state = 0; state < size; state++) {
            int symbol = entries[state];
            int next = counts[symbol]++;
            int bits = log - (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(next));
            entries[state] = symbol | bits << 8 | ((next << bits) - size) << 16;
        }
    }

    private static ZstdException damaged() {
        return new ZstdException("a zstd table is damaged");
    }
}
