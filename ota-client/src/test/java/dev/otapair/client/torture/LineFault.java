package dev.otapair.client.torture;

import dev.otapair.protocol.testing.FaultPlan;
import java.time.Duration;
import java.util.Random;

/**
 * What happens to one connection of a board, once: where, and what.
 *
 * @param kind what
 * @param isAnswer whether it happens to what the server sends, or to what the board sends
 * @param offset bytes of that direction that pass unharmed
 * @param bit of the byte there that is flipped, 0 to 7
 */
record LineFault(Kind kind, boolean isAnswer, long offset, int bit) {
    /** What passes at once, at most: a proxy that is cut may have read so much, and lose it. */
    private static final long PIECE_BYTES = 16 * 1024;

    /** What may be on its way on a connection that is cut. */
    private static final long CUT_BYTES = 64 * 1024;

    /** The ways in which a line fails. */
    enum Kind {
        FIN,
        RESET,
        SILENCE,
        FLIP,
        DELAY,
        DRIP;

        /** Says whether every board gets over it in the same run: nothing that arrives is wrong. */
        boolean isHonest() {
            return this != FLIP;
        }
    }

    /** The sizes of what passes when nothing is wrong. */
    record Sizes(long requests, long answers, long size) {
        /** Returns how many different faults {@link #ofControl} knows. */
        long controlFaults() {
            return 3 * (requests + answers);
        }
    }

    /** Returns one of the ways to cut after one of the bytes of the messages, by its number. */
    static LineFault ofControl(long number, Sizes sizes) {
        Kind kind = Kind.values()[(int) (number % 3)];
        long offset = number / 3;
        return offset < sizes.answers
                ? new LineFault(kind, true, offset, 0)
                : new LineFault(kind, false, offset - sizes.answers, 0);
    }

    /** Draws one: the body, the server's messages and the board's, and the kinds, each get their share. */
    static LineFault draw(Random random, Sizes sizes) {
        int share = random.nextInt(1000);
        Kind kind;
        if (share < 350) {
            kind = Kind.FIN;
        } else if (share < 700) {
            kind = Kind.RESET;
        } else if (share < 750) {
            kind = Kind.SILENCE;
        } else if (share < 930) {
            kind = Kind.FLIP;
        } else {
            // A write for each byte is dear.
            kind = share < 997 ? Kind.DELAY : Kind.DRIP;
        }
        boolean isAnswer = random.nextInt(5) > 0;
        long from = random.nextInt(3) == 0 ? 0 : sizes.answers;
        long to = from == 0 ? sizes.answers : sizes.answers + sizes.size;
        long offset = isAnswer ? random.nextLong(from, to) : random.nextLong(sizes.requests);
        return new LineFault(kind, isAnswer, offset, random.nextInt(8));
    }

    FaultPlan requests() {
        return isAnswer ? FaultPlan.none() : plan();
    }

    FaultPlan answers() {
        return isAnswer ? plan() : FaultPlan.none();
    }

    /** Says whether it may have damaged the package, and so cost it. */
    boolean isFlip() {
        return kind == Kind.FLIP && isAnswer;
    }

    /** Says whether one end may wait for the other one. */
    boolean mayBeSilence() {
        return kind == Kind.SILENCE || kind == Kind.FLIP;
    }

    /** Returns how many bytes of the package may have to pass again for it, if it is not flipped. */
    long mayCost() {
        return switch (kind) {
            case FIN -> isAnswer ? PIECE_BYTES : CUT_BYTES;
            case RESET -> CUT_BYTES;
            case SILENCE, DELAY, DRIP -> 0;
            // Whatever it makes of a message, the board may leave in the middle of what follows.
            case FLIP -> CUT_BYTES;
        };
    }

    private FaultPlan plan() {
        return switch (kind) {
            case FIN -> FaultPlan.none().finAfter(offset);
            case RESET -> FaultPlan.none().resetAfter(offset);
            case SILENCE -> FaultPlan.none().silentAfter(offset);
            case FLIP -> FaultPlan.none().flipBit(offset, bit);
            case DELAY -> FaultPlan.none().delayEach(Duration.ofMillis(1 + offset % 20));
            case DRIP -> FaultPlan.none().byteByByte();
        };
    }

    @Override
    public String toString() {
        return "%s %s %d%s".formatted(kind, isAnswer ? "from server" : "from board", offset, isFlip() ? "." + bit : "");
    }
}
