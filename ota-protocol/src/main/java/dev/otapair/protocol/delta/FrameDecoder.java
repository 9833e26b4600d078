package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;

/**
 * Decodes the blocks of frames into a history.
 *
 * @see "RFC 8878, 3.1.1: Zstandard Frames"
 */
final class FrameDecoder {
    /** The most that a block makes, and the most that it takes. */
    static final int MAX_BLOCK_BYTES = 128 * 1024;

    private static final int HEADER_BYTES = 3;
    private static final int RAW = 0;
    private static final int RLE = 1;
    private static final int COMPRESSED = 2;

    private final InputStream in;
    private final CompressedBlock compressed = new CompressedBlock();
    private byte[] block = {};
    private FrameHeader header;
    private History history;
    private XxHash64 digest;
    private int maxBlock;
    private long left;
    private boolean isLast = true;

    /** @param in read to the end of a frame, and no further */
    FrameDecoder(InputStream in) {
        this.in = in;
    }

    /**
     * Begins with a frame whose header was read.
     *
     * @param into empty
     * @param maxContent how much the frame may make
     */
    void start(FrameHeader frame, History into, long maxContent) {
        header = frame;
        history = into;
        digest = new XxHash64();
        maxBlock = (int) Math.min(frame.windowBytes(), MAX_BLOCK_BYTES);
        left = maxContent;
        isLast = false;
        compressed.clear();
    }

    /** Returns whether the frame is at its end. */
    boolean isDone() {
        return isLast;
    }

    /**
     * Decodes the next block; with the last one, sees that the content has the length and the checksum that the frame
     * names.
     *
     * @return how many bytes came into the history, 0 to {@value #MAX_BLOCK_BYTES}
     * @throws ZstdException if the frame is damaged or ends too early
     */
    int next() throws IOException {
        int blockHeader = (int) Input.number(in, HEADER_BYTES);
        isLast = (blockHeader & 1) != 0;
        int size = blockHeader >> 3;
        if (size > maxBlock) {
            throw new ZstdException("a zstd block has %d bytes, allowed are %d".formatted(size, maxBlock));
        }
        long before = history.total();
        decode(blockHeader >> 1 & 3, size);
        int made = (int) (history.total() - before);
        left -= made;
        if (header.hasChecksum()) {
            history.digest(made, digest);
        }
        if (isLast) {
            finish();
        }
        return made;
    }

    private void decode(int kind, int size) throws IOException {
        int limit = (int) Math.min(maxBlock, left);
        switch (kind) {
            case RAW -> {
                requireRoom(size, limit);
                history.append(read(size), Backward.MARGIN, size);
            }
            case RLE -> {
                requireRoom(size, limit);
                history.append(read(1)[Backward.MARGIN], size);
            }
            case COMPRESSED -> compressed.decode(read(size), Backward.MARGIN, Backward.MARGIN + size, history, limit);
            default -> throw new ZstdException("a zstd block is of a kind that is not known");
        }
    }

    private static void requireRoom(int size, int limit) throws ZstdException {
        if (size > limit) {
            throw new ZstdException("the zstd frame makes more than it should");
        }
    }

    private byte[] read(int size) throws IOException {
        if (block.length < size + 2 * Backward.MARGIN) {
            block = new byte[Math.min(Math.max(2 * block.length, size), MAX_BLOCK_BYTES) + 2 * Backward.MARGIN];
        }
        Input.fill(in, block, Backward.MARGIN, size);
        return block;
    }

    private void finish() throws IOException {
        if (header.contentBytes() != FrameHeader.UNKNOWN && header.contentBytes() != history.total()) {
            throw new ZstdException(
                    "the zstd frame makes %d bytes, it says %d".formatted(history.total(), header.contentBytes()));
        }
        if (header.hasChecksum() && (int) Input.number(in, Integer.BYTES) != (int) digest.digest()) {
            throw new ZstdException("the checksum of the zstd frame is wrong");
        }
    }
}
