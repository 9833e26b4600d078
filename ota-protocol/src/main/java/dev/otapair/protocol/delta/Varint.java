package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Numbers from 0 to 2^63 - 1, seven bits to a byte, the lowest first; all bytes but the last have their highest bit set. */
final class Varint {
    private static final int BITS = 7;
    private static final int MORE = 1 << BITS;
    private static final int MAX_SHIFT = 56;

    private Varint() {}

    static void write(OutputStream to, long number) throws IOException {
        long rest = number;
        while (rest >= MORE) {
            to.write((int) (rest & MORE - 1 | MORE));
            rest >>>= BITS;
        }
        to.write((int) rest);
    }

    /**
     * Reads one.
     *
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH if it is cut off, too large, or longer than it has to be
     */
    static long read(InputStream from) throws IOException {
        long number = 0;
        for (int shift = 0; shift <= MAX_SHIFT; shift += BITS) {
            int read = from.read();
            if (read < 0) {
                throw PatchHeader.refused("it ends within a number");
            }
            number |= (long) (read & MORE - 1) << shift;
            if (read < MORE) {
                if (read == 0 && shift > 0) {
                    throw PatchHeader.refused("a number is longer than it has to be");
                }
                return number;
            }
        }
        throw PatchHeader.refused("a number is too large");
    }
}
