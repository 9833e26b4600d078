package dev.otapair.protocol.delta;

import java.io.IOException;
import java.util.zip.Deflater;

/**
 * Deflates contents as whoever made a zip did it: raw, with a window of 32 KiB, memory level 8, the default strategy. Takes 350 KiB. To be
 * closed; not thread-safe.
 */
final class ZipDeflater implements AutoCloseable {
    /** zlib gives the same for all pieces of a multiple of 8 KiB, and for a content in one piece. */
    private static final int BYTES = 32 * 1024;

    private final byte[] piece = new byte[BYTES];
    private final byte[] coded = new byte[BYTES];
    private Deflater deflater = new Deflater(ZipSegment.USUAL_LEVEL, true);
    private int level = ZipSegment.USUAL_LEVEL;
    private int held;

    /** Gets what is deflated. */
    @FunctionalInterface
    interface Sink {
        /** @param bytes the first {@code count} ones are good until this returns */
        void take(byte[] bytes, int count) throws IOException;
    }

    /** Begins with a content. */
    void begin(int newLevel) {
        if (newLevel == level) {
            deflater.reset();
        } else {
            deflater.end();
            deflater = new Deflater(newLevel, true);
            level = newLevel;
        }
        held = 0;
    }

    void write(byte[] bytes, int at, int count, Sink sink) throws IOException {
        int from = at;
        int left = count;
        while (left > 0) {
            int taken = Math.min(left, BYTES - held);
            System.arraycopy(bytes, from, piece, held, taken);
            from += taken;
            left -= taken;
            held += taken;
            if (held == BYTES) {
                deflate(sink);
            }
        }
    }

    /** Ends the content. */
    void finish(Sink sink) throws IOException {
        deflate(sink);
        deflater.finish();
        while (!deflater.finished()) {
            sink.take(coded, deflater.deflate(coded));
        }
    }

    private void deflate(Sink sink) throws IOException {
        deflater.setInput(piece, 0, held);
        while (!deflater.needsInput()) {
            sink.take(coded, deflater.deflate(coded));
        }
        held = 0;
    }

    @Override
    public void close() {
        deflater.end();
    }
}
