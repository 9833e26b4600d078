package dev.otapair.protocol.testing;

import java.time.Duration;
import java.util.Optional;

/**
 * What a {@link FaultProxy} does to one direction of each connection. Immutable: each method returns a changed copy.
 * Offsets count from the connection's first byte in this direction.
 */
public final class FaultPlan {
    /** How a direction ends early. */
    enum Cut {
        FIN,
        RESET,
        SILENCE
    }

    private static final int MAX_PIECE = 16 * 1024;
    private static final int MESSAGE_BYTES = 1024;

    final Optional<Cut> cut;
    final long cutAfter;
    final Duration delay;
    final long bytesPerSecond;
    final long flippedOffset;
    final int flippedBit;
    final boolean isByteByByte;

    private FaultPlan(
            Optional<Cut> cut,
            long cutAfter,
            Duration delay,
            long bytesPerSecond,
            long flippedOffset,
            int flippedBit,
            boolean isByteByByte) {
        this.cut = cut;
        this.cutAfter = cutAfter;
        this.delay = delay;
        this.bytesPerSecond = bytesPerSecond;
        this.flippedOffset = flippedOffset;
        this.flippedBit = flippedBit;
        this.isByteByByte = isByteByByte;
    }

    /** Passes everything on as it comes. */
    public static FaultPlan none() {
        return new FaultPlan(Optional.empty(), Long.MAX_VALUE, Duration.ZERO, 0, -1, 0, false);
    }

    /** Passes {@code bytes}, then ends towards the receiver by FIN; the sender's connection is closed. */
    public FaultPlan finAfter(long bytes) {
        return cutBy(Cut.FIN, bytes);
    }

    /** Passes {@code bytes}, then resets both connections; the receiver gets at most those, as a RST drops the unsent. */
    public FaultPlan resetAfter(long bytes) {
        return cutBy(Cut.RESET, bytes);
    }

    /** Passes {@code bytes}, then reads and passes nothing more; both connections stay open. */
    public FaultPlan silentAfter(long bytes) {
        return cutBy(Cut.SILENCE, bytes);
    }

    /** Holds each piece back for this long before it is passed. */
    public FaultPlan delayEach(Duration time) {
        return new FaultPlan(cut, cutAfter, time, bytesPerSecond, flippedOffset, flippedBit, isByteByByte);
    }

    /** Passes no more than this rate in bytes per second; below 1024 also messages come in pieces, which no v1 peer can read. */
    public FaultPlan throttle(long rate) {
        return new FaultPlan(cut, cutAfter, delay, rate, flippedOffset, flippedBit, isByteByByte);
    }

    /** Flips one bit, 0 to 7, of the byte at this offset. */
    public FaultPlan flipBit(long offset, int bit) {
        return new FaultPlan(cut, cutAfter, delay, bytesPerSecond, offset, bit, isByteByByte);
    }

    /** Passes each byte by a write of its own. */
    public FaultPlan byteByByte() {
        return new FaultPlan(cut, cutAfter, delay, bytesPerSecond, flippedOffset, flippedBit, true);
    }

    private FaultPlan cutBy(Cut kind, long bytes) {
        return new FaultPlan(Optional.of(kind), bytes, delay, bytesPerSecond, flippedOffset, flippedBit, isByteByByte);
    }

    /** Returns the size of the pieces that are read and passed at once. */
    int pieceBytes() {
        if (bytesPerSecond == 0) {
            return MAX_PIECE;
        }
        long least = bytesPerSecond < MESSAGE_BYTES ? 1 : MESSAGE_BYTES;
        return (int) Math.min(MAX_PIECE, Math.max(least, bytesPerSecond / 20));
    }
}
