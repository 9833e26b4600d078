package dev.otapair.protocol.delta;

import java.util.Arrays;

/**
 * The codes of the literals.
 *
 * @see "RFC 8878, 4.2: Huffman Coding"
 */
final class HuffmanTable {
    private static final int MAX_BITS = 11;
    private static final int MAX_WEIGHTS = 255;
    private static final int DIRECT = 128;
    private static final int WEIGHT_LOG = 6;
    private static final int MAX_WEIGHT = MAX_BITS + 1;
    private static final int JUMP_TABLE_BYTES = 6;

    /** That many codes fit into what {@link Backward#top} gives. */
    private static final int AT_ONCE = Backward.BITS / MAX_BITS;

    /** By the next bits: the literal in the lowest 8 bits, the length of its code above. */
    private final char[] codes = new char[1 << MAX_BITS];

    private final byte[] weights = new byte[MAX_WEIGHTS + 1];
    private final FseTable weightTable = new FseTable(WEIGHT_LOG, MAX_WEIGHT);
    private int maxBits;

    /** Forgets the codes, for another frame. */
    void clear() {
        maxBits = 0;
    }

    /**
     * Reads the codes.
     *
     * @param in with {@link Backward#MARGIN} bytes more at both ends
     * @return where they end
     */
    int read(byte[] in, int start, int end) throws ZstdException {
        maxBits = 0;
        if (start >= end) {
            throw damaged();
        }
        int header = in[start] & 0xff;
        int first = start + 1;
        int after;
        int count;
        if (header < DIRECT) {
            after = first + header;
            requireUpTo(end, after);
            count = compressedWeights(in, first, after);
        } else {
            count = header - DIRECT + 1;
            after = first + (count + 1) / 2;
            requireUpTo(end, after);
            for (int i = 0; i < count; i++) {
                weights[i] = (byte) (in[first + i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf);
            }
        }
        build(count);
        return after;
    }

    private static void requireUpTo(int end, int after) throws ZstdException {
        if (after > end) {
            throw damaged();
        }
    }

    private int compressedWeights(byte[] in, int start, int end) throws ZstdException {
        int bitsStart = weightTable.read(in, start, end);
        int[] entries = weightTable.entries();
        int log = weightTable.log();
        int left = Backward.count(in, bitsStart, end) - 2 * log;
        if (left < 0) {
            throw damaged();
        }
        long bits = Backward.top(in, bitsStart, left + 2 * log);
        int state = entries[(int) Backward.first(bits, log)];
        int other = entries[(int) Backward.first(bits << log, log)];
        int count = 0;
        while (true) {
            if (count + 2 > MAX_WEIGHTS) {
                throw damaged();
            }
            weights[count++] = (byte) state;
            int needed = state >> 8 & 0xff;
            if (needed > left) {
                weights[count++] = (byte) other;
                return count;
            }
            int next = (int) Backward.first(Backward.top(in, bitsStart, left), needed);
            left -= needed;
            int then = entries[(state >>> 16) + next];
            state = other;
            other = then;
        }
    }

    /** The last weight is what completes the others to a power of two. */
    private void build(int count) throws ZstdException {
        int[] ofWeight = new int[MAX_WEIGHT + 1];
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int weight = weights[i];
            if (weight > MAX_WEIGHT) {
                throw damaged();
            }
            ofWeight[weight]++;
            sum += 1 << weight >> 1;
        }
        if (sum == 0) {
            throw damaged();
        }
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(sum);
        int rest = (1 << bits) - sum;
        if (bits > MAX_BITS || Integer.bitCount(rest) != 1) {
            throw damaged();
        }
        int last = Integer.SIZE - Integer.numberOfLeadingZeros(rest);
        weights[count] = (byte) last;
        ofWeight[last]++;
        if (ofWeight[1] < 2) {
            throw damaged();
        }
        int[] next = new int[MAX_WEIGHT + 1];
        for (int weight = 1; weight < MAX_WEIGHT; weight++) {
            next[weight + 1] = next[weight] + (ofWeight[weight] << weight - 1);
        }
        for (int literal = 0; literal <= count; literal++) {
            int weight = weights[literal];
            if (weight > 0) {
                char code = (char) (literal | bits + 1 - weight << 8);
                int from = next[weight];
                next[weight] = from + (1 << weight - 1);
                Arrays.fill(codes, from, next[weight], code);
            }
        }
        maxBits = bits;
    }

    /**
     * Decodes one stream.
     *
     * @param in with {@link Backward#MARGIN} bytes more at both ends
     */
    void decode(byte[] in, int start, int end, byte[] out, int count) throws ZstdException {
        requireCodes();
        rest(in, start, Backward.count(in, start, end), out, 0, count);
    }

    /**
     * Decodes four streams behind their jump table.
     *
     * @param in with {@link Backward#MARGIN} bytes more at both ends
     */
    void decodeFour(byte[] in, int start, int end, byte[] out, int count) throws ZstdException {
        requireCodes();
        int each = (count + 3) / 4;
        int fewest = count - 3 * each;
        int start1 = start + JUMP_TABLE_BYTES;
        if (start1 > end || fewest < 0) {
            throw damaged();
        }
        int start2 = start1 + LittleEndian.getShort(in, start);
        int start3 = start2 + LittleEndian.getShort(in, start + 2);
        int start4 = start3 + LittleEndian.getShort(in, start + 4);
        if (start4 > end) {
            throw damaged();
        }
        int left1 = Backward.count(in, start1, start2);
        int left2 = Backward.count(in, start2, start3);
        int left3 = Backward.count(in, start3, start4);
        int left4 = Backward.count(in, start4, end);
        char[] table = codes;
        int shift = Long.SIZE - maxBits;
        int i = 0;
        for (; i + AT_ONCE <= fewest; i += AT_ONCE) {
            long bits1 = Backward.top(in, start1, left1);
            long bits2 = Backward.top(in, start2, left2);
            long bits3 = Backward.top(in, start3, left3);
            long bits4 = Backward.top(in, start4, left4);
            for (int j = i; j < i + AT_ONCE; j++) {
                int code1 = table[(int) (bits1 >>> shift)];
                int code2 = table[(int) (bits2 >>> shift)];
                int code3 = table[(int) (bits3 >>> shift)];
                int code4 = table[(int) (bits4 >>> shift)];
                out[j] = (byte) code1;
                out[j + each] = (byte) code2;
                out[j + 2 * each] = (byte) code3;
                out[j + 3 * each] = (byte) code4;
                bits1 <<= code1 >> 8;
                bits2 <<= code2 >> 8;
                bits3 <<= code3 >> 8;
                bits4 <<= code4 >> 8;
                left1 -= code1 >> 8;
                left2 -= code2 >> 8;
                left3 -= code3 >> 8;
                left4 -= code4 >> 8;
            }
            if ((left1 | left2 | left3 | left4) < 0) {
                throw damaged();
            }
        }
        rest(in, start1, left1, out, i, each);
        rest(in, start2, left2, out, i + each, 2 * each);
        rest(in, start3, left3, out, i + 2 * each, 3 * each);
        rest(in, start4, left4, out, i + 3 * each, count);
    }

    private void rest(byte[] in, int start, int bitsLeft, byte[] out, int from, int to) throws ZstdException {
        int shift = Long.SIZE - maxBits;
        int left = bitsLeft;
        int i = from;
        while (i < to) {
            long bits = Backward.top(in, start, left);
            for (int until = Math.min(to, i + AT_ONCE); i < until; i++) {
                int code = codes[(int) (bits >>> shift)];
                out[i] = (byte) code;
                bits <<= code >> 8;
                left -= code >> 8;
            }
            if (left < 0) {
                throw damaged();
            }
        }
        if (left != 0) {
            throw damaged();
        }
    }

    private void requireCodes() throws ZstdException {
        if (maxBits == 0) {
            throw new ZstdException("a zstd block uses the codes of an earlier one, and there is none");
        }
    }

    private static ZstdException damaged() {
        return new ZstdException("the literals of a zstd block are damaged");
    }
}
