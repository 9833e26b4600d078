package dev.otapair.protocol.delta;

/**
 * Bits that are read from the end of a part of an array towards its start. How many are left is the caller's: a plain number,
 * negative once more were read than there are.
 *
 * @see "RFC 8878, 4.1: FSE; 4.2.2: Huffman-Coded Streams"
 */
final class Backward {
    /** How many bytes have to be before a part, so that what is too much can be read, and then refused. */
    static final int MARGIN = 16;

    /** How many bits can be taken from {@link #top}. */
    static final int BITS = 57;

    private Backward() {}

    /** Returns how many bits a part holds, without the one that marks the end. */
    static int count(byte[] in, int start, int end) throws ZstdException {
        if (start >= end || in[end - 1] == 0) {
            throw new ZstdException("a zstd bit stream has no end");
        }
        return 8 * (end - start) - 1 - (Integer.numberOfLeadingZeros(in[end - 1] & 0xff) - 24);
    }

    /** Returns the next {@value #BITS} bits or more, from the top of the number on. */
    static long top(byte[] in, int start, int left) {
        return LittleEndian.getLong(in, start + (left + 7 >> 3) - 8) << (-left & 7);
    }

    /** Returns the first bits, 0 to 63, of a number. */
    static long first(long bits, int count) {
        return bits >>> 1 >>> Long.SIZE - 1 - count;
    }
}
