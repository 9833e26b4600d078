package dev.otapair.protocol.delta;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;

/** Writes frames by hand that no packer would write for a test: one block, few sequences, a single state each. */
final class FrameWriter {
    private static final int SINGLE_STATES = 0x54;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Begins a frame with a window and neither size nor checksum. */
    FrameWriter(int windowDescriptor) {
        number(FrameHeader.MAGIC & 0xffff_ffffL, 4);
        number(0, 1);
        number(windowDescriptor, 1);
    }

    FrameWriter raw(boolean isLast, byte... content) {
        blockHeader(isLast, 0, content.length);
        out.writeBytes(content);
        return this;
    }

    FrameWriter run(boolean isLast, int value, int count) {
        blockHeader(isLast, 1, count);
        return number(value, 1);
    }

    /** A block as it is. */
    FrameWriter coded(boolean isLast, byte... block) {
        blockHeader(isLast, 2, block.length);
        out.writeBytes(block);
        return this;
    }

    /** A block of a kind that there is not. */
    FrameWriter unknown() {
        blockHeader(true, 3, 0);
        return this;
    }

    /**
     * One sequence.
     *
     * @param offsetCode and what follows it say the distance, 3 less than 2 to its power and {@code offsetRest}
     * @param matchCode and what follows it say the length
     */
    FrameWriter match(
            boolean isLast,
            byte[] literals,
            int offsetCode,
            long offsetRest,
            int matchCode,
            int matchBits,
            long matchRest) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.write(literals.length << 3);
        block.writeBytes(literals);
        block.write(1);
        block.write(SINGLE_STATES);
        block.write(literals.length);
        block.write(offsetCode);
        block.write(matchCode);
        BigInteger bits = BigInteger.ONE
                .shiftLeft(offsetCode)
                .or(BigInteger.valueOf(offsetRest))
                .shiftLeft(matchBits)
                .or(BigInteger.valueOf(matchRest));
        for (int shift = 0; shift < bits.bitLength(); shift += 8) {
            block.write(bits.shiftRight(shift).intValue() & 0xff);
        }
        return coded(isLast, block.toByteArray());
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }

    private void blockHeader(boolean isLast, int kind, int size) {
        number((isLast ? 1 : 0) | kind << 1 | size << 3, 3);
    }

    private FrameWriter number(long number, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (number >>> 8 * i));
        }
        return this;
    }
}
