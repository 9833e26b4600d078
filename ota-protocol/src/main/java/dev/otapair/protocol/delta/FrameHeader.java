package dev.otapair.protocol.delta;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * What a zstd frame says of itself.
 *
 * @param windowBytes how far back it refers
 * @param contentBytes what it makes, or {@value #UNKNOWN}
 * @param dictionaryId 0 if it names none
 * @see "RFC 8878, 3.1.1.1: Frame_Header"
 */
record FrameHeader(long windowBytes, long contentBytes, boolean hasChecksum, long dictionaryId) {
    static final long UNKNOWN = -1;

    static final int MAGIC = 0xFD2F_B528;

    private static final int SKIPPABLE_MAGIC = 0x184D_2A50;
    private static final int SKIPPABLE_MASK = 0xFFFF_FFF0;
    private static final int SINGLE_SEGMENT = 0x20;
    private static final int RESERVED = 0x08;
    private static final int CHECKSUM = 0x04;
    private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};
    private static final int[] CONTENT_BYTES = {0, 2, 4, 8};
    private static final int TWO_BYTES_BEGIN = 256;

    /**
     * Reads the next frame's header; frames to skip are skipped.
     *
     * @return empty where the input ends
     */
    static Optional<FrameHeader> next(InputStream in) throws IOException {
        while (true) {
            byte[] magic = in.readNBytes(Integer.BYTES);
            if (magic.length == 0) {
                return Optional.empty();
            }
            if (magic.length < Integer.BYTES) {
                throw Input.cutOff();
            }
            int number = LittleEndian.getInt(magic, 0);
            if (number == MAGIC) {
                return Optional.of(read(in));
            }
            if ((number & SKIPPABLE_MASK) != SKIPPABLE_MAGIC) {
                throw new ZstdException("no zstd frame begins with %08x".formatted(Integer.reverseBytes(number)));
            }
            skip(in, Input.number(in, Integer.BYTES));
        }
    }

    private static void skip(InputStream in, long bytes) throws IOException {
        try {
            in.skipNBytes(bytes);
        } catch (EOFException e) {
            throw Input.cutOff(e);
        }
    }

    private static FrameHeader read(InputStream in) throws IOException {
        int descriptor = (int) Input.number(in, 1);
        if ((descriptor & RESERVED) != 0) {
            throw new ZstdException("the zstd frame header has its reserved bit set");
        }
        boolean isSingleSegment = (descriptor & SINGLE_SEGMENT) != 0;
        long window = isSingleSegment ? 0 : window((int) Input.number(in, 1));
        long dictionaryId = Input.number(in, DICTIONARY_ID_BYTES[descriptor & 3]);
        int contentFlag = descriptor >> 6;
        long content = UNKNOWN;
        if (contentFlag > 0) {
            content = Input.number(in, CONTENT_BYTES[contentFlag]) + (contentFlag == 1 ? TWO_BYTES_BEGIN : 0);
        } else if (isSingleSegment) {
            content = Input.number(in, 1);
        }
        if (contentFlag == 3 && content < 0) {
            throw new ZstdException("the zstd frame says it makes %s bytes".formatted(Long.toUnsignedString(content)));
        }
        if (isSingleSegment) {
            window = content;
        }
        return new FrameHeader(window, content, (descriptor & CHECKSUM) != 0, dictionaryId);
    }

    private static long window(int descriptor) {
        long base = 1L << 10 + (descriptor >> 3);
        return base + base / 8 * (descriptor & 7);
    }
}
