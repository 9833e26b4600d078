package dev.otapair.protocol.archive;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** How much memory a zstd frame asks for. */
final class ZstdWindow {
    private static final int MAGIC_BYTES = 4;
    private static final int SINGLE_SEGMENT = 0x20;
    private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};

    private ZstdWindow() {}

    /**
     * Sees that the first frame's window fits; a later one's is bounded by the decoder.
     *
     * @param start of the frame
     * @param windowBytes that are allowed
     * @see "RFC 8878, 3.1.1.1: Frame_Header"
     */
    static void requireSmall(byte[] start, int windowBytes) {
        ByteBuffer header =
                ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).position(MAGIC_BYTES);
        if (header.remaining() < 2 * Long.BYTES) {
            throw Refusal.of("the archive ends in its zstd header");
        }
        int descriptor = header.get();
        boolean isSingleSegment = (descriptor & SINGLE_SEGMENT) != 0;
        long window;
        if (isSingleSegment) {
            header.position(header.position() + DICTIONARY_ID_BYTES[descriptor & 3]);
            window = contentSize(header, descriptor >> 6 & 3);
        } else {
            int exponent = header.get() & 0xff;
            long base = 1L << 10 + (exponent >> 3);
            window = base + base / 8 * (exponent & 7);
        }
        if (window < 0 || window > windowBytes) {
            throw Refusal.of(
                    ("the archive needs a zstd window of %s bytes, allowed are %d; pack it by zstd -19 or less,"
                                    + " without --ultra and --long")
                            .formatted(Long.toUnsignedString(window), windowBytes));
        }
    }

    private static long contentSize(ByteBuffer header, int flag) {
        return switch (flag) {
            case 0 -> header.get() & 0xffL;
            case 1 -> (header.getShort() & 0xffffL) + 256;
            case 2 -> header.getInt() & 0xffff_ffffL;
            default -> header.getLong();
        };
    }
}
