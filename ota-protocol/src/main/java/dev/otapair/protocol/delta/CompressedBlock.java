package dev.otapair.protocol.delta;

import java.io.IOException;
import java.util.Arrays;

/**
 * Decodes the compressed blocks of a frame, one after the other, and keeps the tables that a later one may use again.
 *
 * @see "RFC 8878, 3.1.1.3: Compressed_Block"
 */
final class CompressedBlock {
    private static final int MAX_LITERALS_LOG = 9;
    private static final int MAX_OFFSET_LOG = 8;
    private static final int MAX_MATCH_LOG = 9;
    private static final int MAX_OFFSET_SYMBOL = 31;

    private static final int[] LITERALS_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        16
    };
    private static final int[] MATCH_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2,
        2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    };
    private static final int[] LITERALS_BASES = bases(0, LITERALS_BITS);
    private static final int[] MATCH_BASES = bases(3, MATCH_BITS);

    private static final FseTable USUAL_LITERALS = FseTable.of(
            6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
            -1, -1);
    private static final FseTable USUAL_OFFSETS =
            FseTable.of(5, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1);
    private static final FseTable USUAL_MATCHES = FseTable.of(
            6, 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1);

    /** How many bits the next states of a sequence take at most. */
    private static final int STATES_BITS = MAX_LITERALS_LOG + MAX_OFFSET_LOG + MAX_MATCH_LOG;

    private static final int RAW = 0;
    private static final int RLE = 1;
    private static final int TREELESS = 3;

    private static final int TWO_BYTES = 128;
    private static final int THREE_BYTES = 255;
    private static final int THREE_BYTES_BEGIN = 0x7F00;

    private final HuffmanTable codes = new HuffmanTable();
    private final Mode literalsMode = new Mode(USUAL_LITERALS, MAX_LITERALS_LOG, LITERALS_BITS.length - 1);
    private final Mode offsetsMode = new Mode(USUAL_OFFSETS, MAX_OFFSET_LOG, MAX_OFFSET_SYMBOL);
    private final Mode matchesMode = new Mode(USUAL_MATCHES, MAX_MATCH_LOG, MATCH_BITS.length - 1);
    private byte[] ownLiterals = {};

    private byte[] literals = ownLiterals;
    private int literalsAt;
    private int literalsEnd;

    /** The last three distances, the last one first. */
    private long distance1;

    private long distance2;
    private long distance3;

    /** One of the three kinds of numbers in a sequence: which table is in use. */
    private static final class Mode {
        private static final int USUAL = 0;
        private static final int SINGLE = 1;
        private static final int COMPRESSED = 2;

        private final FseTable usual;
        private final FseTable own;
        private FseTable used;

        Mode(FseTable usual, int maxLog, int maxSymbol) {
            this.usual = usual;
            this.own = new FseTable(maxLog, maxSymbol);
            this.used = usual;
        }

        /** @return where the table ends */
        int read(int mode, byte[] in, int start, int end) throws ZstdException {
            switch (mode) {
                case USUAL -> {
                    used = usual;
                    return start;
                }
                case SINGLE -> {
                    used = null;
                    if (start >= end) {
                        throw damaged();
                    }
                    own.setSingle(in[start] & 0xff);
                    used = own;
                    return start + 1;
                }
                case COMPRESSED -> {
                    used = null;
                    int after = own.read(in, start, end);
                    used = own;
                    return after;
                }
                default -> {
                    if (used == null) {
                        throw new ZstdException("a zstd block uses the tables of an earlier one, and there is none");
                    }
                    return start;
                }
            }
        }
    }

    private static int[] bases(int first, int[] bits) {
        int[] bases = new int[bits.length];
        int next = first;
        for (int i = 0; i < bits.length; i++) {
            bases[i] = next;
            next += 1 << bits[i];
        }
        return bases;
    }

    /** Forgets all tables, for another frame. */
    void clear() {
        codes.clear();
        literalsMode.used = null;
        offsetsMode.used = null;
        matchesMode.used = null;
        distance1 = 1;
        distance2 = 4;
        distance3 = 8;
    }

    /**
     * Decodes a block.
     *
     * @param in with {@link Backward#MARGIN} bytes more at both ends
     * @param limit how many bytes it may make, at most 128 KiB
     * @throws ZstdException if it is damaged; {@code into} then has a part of it
     */
    void decode(byte[] in, int start, int end, History into, int limit) throws IOException {
        int at = readLiterals(in, start, end, limit);
        if (at >= end) {
            throw damaged();
        }
        int count = in[at++] & 0xff;
        if (count >= TWO_BYTES) {
            int more = count == THREE_BYTES ? 2 : 1;
            if (at + more > end) {
                throw damaged();
            }
            count = more == 2
                    ? LittleEndian.getShort(in, at) + THREE_BYTES_BEGIN
                    : (count - TWO_BYTES << 8) + (in[at] & 0xff);
            at += more;
        }
        int left = limit;
        if (count > 0) {
            if (at >= end || (in[at] & 3) != 0) {
                throw damaged();
            }
            int modes = in[at++];
            at = literalsMode.read(modes >> 6 & 3, in, at, end);
            at = offsetsMode.read(modes >> 4 & 3, in, at, end);
            at = matchesMode.read(modes >> 2 & 3, in, at, end);
            left = runSequences(in, at, end, count, into, limit);
        } else if (at < end) {
            throw damaged();
        }
        if (literalsEnd - literalsAt > left) {
            throw tooLong();
        }
        into.append(literals, literalsAt, literalsEnd - literalsAt);
    }

    /** Returns where the literals end. */
    private int readLiterals(byte[] in, int start, int end, int limit) throws ZstdException {
        if (start >= end) {
            throw damaged();
        }
        int kind = in[start] & 3;
        int format = in[start] >> 2 & 3;
        return kind == RAW || kind == RLE
                ? plainLiterals(in, start, end, limit, kind, format)
                : codedLiterals(in, start, end, limit, kind, format);
    }

    private int plainLiterals(byte[] in, int start, int end, int limit, int kind, int format) throws ZstdException {
        int headerBytes = format == 1 ? 2 : format == 3 ? 3 : 1;
        int sizeBits = format == 1 ? 12 : format == 3 ? 20 : 5;
        int count = (int) (LittleEndian.getLong(in, start) >>> 8 * headerBytes - sizeBits) & (1 << sizeBits) - 1;
        int at = start + headerBytes;
        int after = at + (kind == RAW ? count : 1);
        if (after > end) {
            throw damaged();
        }
        if (count > limit) {
            throw tooLong();
        }
        if (kind == RAW) {
            literals = in;
            literalsAt = at;
        } else {
            takeRoom(count);
            Arrays.fill(literals, 0, count, in[at]);
        }
        literalsEnd = literalsAt + count;
        return after;
    }

    private int codedLiterals(byte[] in, int start, int end, int limit, int kind, int format) throws ZstdException {
        int sizeBits = format < 2 ? 10 : format == 2 ? 14 : 18;
        int mask = (1 << sizeBits) - 1;
        long header = LittleEndian.getLong(in, start);
        int count = (int) (header >>> 4) & mask;
        int coded = (int) (header >>> 4 + sizeBits) & mask;
        int at = start + (4 + 2 * sizeBits) / 8;
        int after = at + coded;
        if (after > end) {
            throw damaged();
        }
        if (count > limit) {
            throw tooLong();
        }
        takeRoom(count);
        if (kind != TREELESS) {
            at = codes.read(in, at, after);
        }
        if (format == 0) {
            codes.decode(in, at, after, literals, count);
        } else {
            codes.decodeFour(in, at, after, literals, count);
        }
        literalsEnd = count;
        return after;
    }

    private void takeRoom(int count) {
        if (ownLiterals.length < count + Backward.MARGIN) {
            ownLiterals = new byte[Math.max(2 * ownLiterals.length, count) + Backward.MARGIN];
        }
        literals = ownLiterals;
        literalsAt = 0;
    }

    /** Returns how many bytes the block may still make. */
    private int runSequences(byte[] in, int start, int end, int count, History into, int limit) throws IOException {
        int[] literalsStates = literalsMode.used.entries();
        int[] offsetsStates = offsetsMode.used.entries();
        int[] matchesStates = matchesMode.used.entries();
        int left = Backward.count(in, start, end);
        long bits = Backward.top(in, start, left);
        int logs = literalsMode.used.log();
        int literalsState = literalsStates[(int) Backward.first(bits, logs)];
        bits <<= logs;
        left -= logs;
        logs = offsetsMode.used.log();
        int offsetsState = offsetsStates[(int) Backward.first(bits, logs)];
        bits <<= logs;
        left -= logs;
        logs = matchesMode.used.log();
        int matchesState = matchesStates[(int) Backward.first(bits, logs)];
        left -= logs;
        int room = limit;
        for (int sequence = count; sequence > 0; sequence--) {
            if (left < 0) {
                throw damaged();
            }
            int offsetCode = offsetsState & 0xff;
            int matchCode = matchesState & 0xff;
            int literalsCode = literalsState & 0xff;
            int matchBits = MATCH_BITS[matchCode];
            int literalsBits = LITERALS_BITS[literalsCode];
            bits = Backward.top(in, start, left);
            long offset = (1L << offsetCode) + Backward.first(bits, offsetCode);
            bits <<= offsetCode;
            int matchLength = MATCH_BASES[matchCode] + (int) Backward.first(bits, matchBits);
            left -= offsetCode + matchBits;
            if (offsetCode + matchBits + literalsBits > Backward.BITS - STATES_BITS) {
                bits = Backward.top(in, start, left);
            } else {
                bits <<= matchBits;
            }
            int literalsLength = LITERALS_BASES[literalsCode] + (int) Backward.first(bits, literalsBits);
            left -= literalsBits;
            if (sequence > 1) {
                bits <<= literalsBits;
                int stateBits = literalsState >> 8 & 0xff;
                literalsState = literalsStates[(literalsState >>> 16) + (int) Backward.first(bits, stateBits)];
                bits <<= stateBits;
                left -= stateBits;
                stateBits = matchesState >> 8 & 0xff;
                matchesState = matchesStates[(matchesState >>> 16) + (int) Backward.first(bits, stateBits)];
                bits <<= stateBits;
                left -= stateBits;
                stateBits = offsetsState >> 8 & 0xff;
                offsetsState = offsetsStates[(offsetsState >>> 16) + (int) Backward.first(bits, stateBits)];
                left -= stateBits;
            }
            room -= literalsLength + matchLength;
            if (left < 0 || literalsLength > literalsEnd - literalsAt) {
                throw damaged();
            }
            if (room < 0) {
                throw tooLong();
            }
            long distance = distance(offset, literalsLength == 0);
            into.append(literals, literalsAt, literalsLength);
            literalsAt += literalsLength;
            into.repeat(distance, matchLength);
        }
        if (left != 0) {
            throw damaged();
        }
        return room;
    }

    /** Resolves the three shortest offsets, which mean earlier distances. */
    private long distance(long offset, boolean noLiterals) throws ZstdException {
        long distance;
        if (offset > 3) {
            distance = offset - 3;
            distance3 = distance2;
            distance2 = distance1;
        } else {
            int which = (int) offset + (noLiterals ? 1 : 0);
            switch (which) {
                case 1 -> {
                    return distance1;
                }
                case 2 -> {
                    distance = distance2;
                    distance2 = distance1;
                }
                default -> {
                    distance = which == 3 ? distance3 : distance1 - 1;
                    distance3 = distance2;
                    distance2 = distance1;
                }
            }
            if (distance == 0) {
                throw damaged();
            }
        }
        distance1 = distance;
        return distance;
    }

    private static ZstdException damaged() {
        return new ZstdException("a zstd block is damaged");
    }

    private static ZstdException tooLong() {
        return new ZstdException("a zstd block makes more than it may");
    }
}
