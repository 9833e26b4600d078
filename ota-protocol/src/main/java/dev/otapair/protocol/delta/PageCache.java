package dev.otapair.protocol.delta;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Spares a system call for each of many short reads that are close to each other. */
final class PageCache {
    private static final int PAGE_BYTES = 8 * 1024;
    private static final int PAGES = 32;

    /** From here on a read is worth a call of its own. */
    private static final int LONG = PAGE_BYTES / 2;

    private final Source source;
    private final byte[] bytes = new byte[PAGES * PAGE_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

    /** The number of the page in each place. */
    private final long[] numbers = new long[PAGES];

    /** How many bytes of each page were there when it was read. */
    private final int[] lengths = new int[PAGES];

    /** Where the bytes are. */
    @FunctionalInterface
    interface Source {
        void read(long position, ByteBuffer into) throws IOException;
    }

    PageCache(Source source) {
        this.source = source;
        Arrays.fill(numbers, -1);
    }

    /**
     * Copies bytes.
     *
     * @param size how many there are in all; position and count are inside
     */
    void read(long position, byte[] into, int at, int count, long size) throws IOException {
        if (count >= LONG) {
            fill(position, ByteBuffer.wrap(into, at, count));
            return;
        }
        long from = position;
        int to = at;
        int end = at + count;
        while (to < end) {
            int inPage = (int) (from % PAGE_BYTES);
            int piece = Math.min(end - to, PAGE_BYTES - inPage);
            System.arraycopy(bytes, page(from / PAGE_BYTES, inPage + piece, size) + inPage, into, to, piece);
            from += piece;
            to += piece;
        }
    }

    /** Returns where a page is. */
    private int page(long number, int needed, long size) throws IOException {
        int place = (int) (number % PAGES);
        if (numbers[place] != number || lengths[place] < needed) {
            numbers[place] = -1;
            int length = (int) Math.min(PAGE_BYTES, size - number * PAGE_BYTES);
            fill(number * PAGE_BYTES, buffer.limit(place * PAGE_BYTES + length).position(place * PAGE_BYTES));
            lengths[place] = length;
            numbers[place] = number;
        }
        return place * PAGE_BYTES;
    }

    private void fill(long position, ByteBuffer into) throws IOException {
        source.read(position, into);
        if (into.hasRemaining()) {
            throw new IOException("%d bytes are missing at %d".formatted(into.remaining(), position));
        }
    }
}
