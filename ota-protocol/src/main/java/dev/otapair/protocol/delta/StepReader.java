package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;

/** Goes through the steps of a control stream, each of which it has seen to fit the sizes. Not thread-safe. */
final class StepReader {
    /** Steps in a row that make nothing: one aligns, one moves. */
    private static final int MAX_IDLE = 2;

    private final InputStream control;
    private final long oldSize;
    private final long newSize;
    private Step kind = Step.ALIGN;
    private long count;
    private long oldPosition;
    private long newPosition;
    private long move;
    private int alignment;
    private int idle;

    StepReader(InputStream control, long oldSize, long newSize) {
        this.control = control;
        this.oldSize = oldSize;
        this.newSize = newSize;
    }

    /**
     * Goes to the next step.
     *
     * @return false if all is made
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH if it does not fit
     */
    boolean next() throws IOException {
        pass();
        if (newPosition == newSize) {
            return false;
        }
        long number = Varint.read(control);
        kind = Step.of(number);
        count = number >>> Step.BITS;
        if (kind == Step.ALIGN) {
            align();
        } else if (count > newSize - newPosition || count == 0 && kind != Step.INSERT) {
            throw PatchHeader.refused("a step of %d bytes, %d are left".formatted(count, newSize - newPosition));
        }
        if (kind == Step.INSERT) {
            readMove();
        } else if (count > oldSize - oldPosition) {
            throw PatchHeader.refused("%d bytes from %d of %d old ones".formatted(count, oldPosition, oldSize));
        }
        idle = count == 0 ? idle + 1 : 0;
        if (idle > MAX_IDLE) {
            throw PatchHeader.refused("%d steps in a row make nothing".formatted(idle));
        }
        return true;
    }

    /** Returns what to do. */
    Step kind() {
        return kind;
    }

    /** Returns how many new bytes the step makes: at most as many as are left, and as old ones are there, where it takes those. */
    long count() {
        return count;
    }

    /** Returns where the step's old bytes begin, where it takes some. */
    long oldPosition() {
        return oldPosition;
    }

    /** Returns where the step's new bytes begin. */
    long newPosition() {
        return newPosition;
    }

    /** Returns the remainder that positions of words in the new bytes have, 0 to 3. */
    int alignment() {
        return alignment;
    }

    private void pass() {
        newPosition += count;
        oldPosition += kind == Step.INSERT ? move : count;
        count = 0;
        move = 0;
    }

    private void align() {
        if (count >= Step.WORD) {
            throw PatchHeader.refused("an alignment of " + count);
        }
        alignment = (int) count;
        count = 0;
    }

    private void readMove() throws IOException {
        long zigzag = Varint.read(control);
        move = zigzag >>> 1 ^ -(zigzag & 1);
        if (move < -oldPosition || move > oldSize - oldPosition) {
            throw PatchHeader.refused("a move by %d from %d of %d old bytes".formatted(move, oldPosition, oldSize));
        }
    }
}
