package dev.otapair.protocol.delta;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Reads what has to be there. */
final class Input {
    private Input() {}

    /**
     * Fills a part of an array.
     *
     * @throws ZstdException if the input ends before
     */
    static void fill(InputStream in, byte[] into, int at, int count) throws IOException {
        if (in.readNBytes(into, at, count) < count) {
            throw cutOff();
        }
    }

    /**
     * Reads a number of 0 to 8 bytes, the least significant first.
     *
     * @throws ZstdException if the input ends before
     */
    static long number(InputStream in, int bytes) throws IOException {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            int next = in.read();
            if (next < 0) {
                throw cutOff();
            }
            number |= (long) next << 8 * i;
        }
        return number;
    }

    static ZstdException cutOff() {
        return new ZstdException("the zstd data ends in the middle of a frame");
    }

    static ZstdException cutOff(EOFException why) {
        ZstdException cutOff = cutOff();
        cutOff.initCause(why);
        return cutOff;
    }
}
