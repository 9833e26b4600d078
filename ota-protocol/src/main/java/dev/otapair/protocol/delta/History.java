package dev.otapair.protocol.delta;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What was decoded last, as far as it is held: a ring, written at its end and read by distance. */
final class History {
    /** Behind the oldest byte that is still needed, and behind the ring: copies of 8 bytes may go beyond their end. */
    private static final int MARGIN = 16;

    /** From here on the machine's own copy is faster. */
    private static final int LONG = 64;

    private final byte[] ring;
    private final int capacity;
    private final Beyond beyond;
    private int window;
    private int at;
    private long total;

    /** What was before the ring. */
    interface Beyond {
        /** Holds nothing. */
        Beyond NOTHING = new Beyond() {
            @Override
            public long size() {
                return 0;
            }

            @Override
            public int read(long position, byte[] into, int at, int count) throws IOException {
                throw new ZstdException("a zstd block refers to what is behind its window");
            }
        };

        /** Returns how many bytes are before the first that was decoded. */
        long size();

        /**
         * Copies up to {@code count} bytes, at least 1.
         *
         * @param position counted from the first byte that was decoded; negative before it
         * @return how many
         */
        int read(long position, byte[] into, int at, int count) throws IOException;
    }

    /** @param window in bytes; more is held by {@code beyond}, or by nobody */
    History(int window, Beyond beyond) {
        this.capacity = window + MARGIN;
        this.ring = new byte[capacity + MARGIN];
        this.window = window;
        this.beyond = beyond;
    }

    boolean canHold(int otherWindow) {
        return otherWindow <= capacity - MARGIN;
    }

    /** Forgets everything, for another frame. */
    void clear(int otherWindow) {
        window = otherWindow;
        at = 0;
        total = 0;
    }

    /** Returns how many bytes came since the start. */
    long total() {
        return total;
    }

    /** @param from with 8 bytes more than those copied */
    void append(byte[] from, int start, int count) {
        if (count > capacity - at) {
            int first = capacity - at;
            System.arraycopy(from, start, ring, at, first);
            System.arraycopy(from, start + first, ring, 0, count - first);
        } else if (count > LONG) {
            System.arraycopy(from, start, ring, at, count);
        } else {
            for (int i = 0; i < count; i += Long.BYTES) {
                LittleEndian.copyLong(from, start + i, ring, at + i);
            }
        }
        advance(count);
    }

    void append(byte value, int count) {
        int first = Math.min(count, capacity - at);
        Arrays.fill(ring, at, at + first, value);
        Arrays.fill(ring, 0, count - first, value);
        advance(count);
    }

    /**
     * Appends what was {@code distance} bytes ago.
     *
     * @param distance at least 1
     * @throws ZstdException if nothing was there
     */
    void repeat(long distance, int count) throws IOException {
        if (distance > Math.min(total, window)) {
            repeatFromBeyond(distance, count);
            return;
        }
        int back = (int) distance;
        int from = at - back;
        if (from < 0) {
            from += capacity;
        }
        if (count <= capacity - Math.max(at, from)) {
            copy(from, back, count);
            advance(count);
        } else {
            repeatAround(from, back, count);
        }
    }

    private void repeatAround(int start, int distance, int count) {
        int from = start;
        int left = count;
        while (left > 0) {
            int piece = Math.min(left, capacity - Math.max(at, from));
            copy(from, distance, piece);
            advance(piece);
            from += piece;
            if (from == capacity) {
                from = 0;
            }
            left -= piece;
        }
    }

    private void repeatFromBeyond(long distance, int count) throws IOException {
        if (distance - total > beyond.size()) {
            throw new ZstdException(
                    "a zstd block refers %d bytes back, there are %d".formatted(distance, total + beyond.size()));
        }
        int left = count;
        while (left > 0 && distance > Math.min(total, window)) {
            int read = beyond.read(total - distance, ring, at, Math.min(left, capacity - at));
            advance(read);
            left -= read;
        }
        if (left > 0) {
            repeat(distance, left);
        }
    }

    /** Copies inside the ring, where neither end goes around; goes on with what it wrote where they overlap. */
    private void copy(int start, int distance, int count) {
        int from = start;
        int to = at;
        int end = at + count;
        if (count > LONG && (distance >= count || from > to)) {
            System.arraycopy(ring, from, ring, to, count);
            return;
        }
        if (distance == 1) {
            Arrays.fill(ring, to, end, ring[from]);
            return;
        }
        if (distance < Long.BYTES) {
            // A multiple of the distance is as good, once there is so much.
            int far = (Long.BYTES + distance - 1) / distance * distance;
            for (int until = Math.min(end, to + far - distance); to < until; to++, from++) {
                ring[to] = ring[from];
            }
            from = to - far;
        }
        for (; to < end; to += Long.BYTES, from += Long.BYTES) {
            LittleEndian.copyLong(ring, from, ring, to);
        }
    }

    private void advance(int count) {
        at += count;
        if (at >= capacity) {
            at -= capacity;
        }
        total += count;
    }

    /** Digests the last bytes. */
    void digest(int count, XxHash64 digest) {
        int start = startOf(count);
        int first = Math.min(count, capacity - start);
        digest.update(ring, start, first);
        digest.update(ring, 0, count - first);
    }

    /** Copies bytes that came {@code distance} bytes ago. */
    void copyTo(int distance, byte[] into, int offset, int count) {
        int start = startOf(distance);
        int first = Math.min(count, capacity - start);
        System.arraycopy(ring, start, into, offset, first);
        System.arraycopy(ring, 0, into, offset + first, count - first);
    }

    /** Writes the last bytes. */
    void writeTo(NewContent content, int count) throws IOException {
        int start = startOf(count);
        int first = Math.min(count, capacity - start);
        content.append(ByteBuffer.wrap(ring, start, first));
        if (count > first) {
            content.append(ByteBuffer.wrap(ring, 0, count - first));
        }
    }

    private int startOf(int distance) {
        int start = at - distance;
        return start < 0 ? start + capacity : start;
    }
}
