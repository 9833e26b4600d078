package dev.otapair.protocol.delta;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Random;

/** What somebody sends as a patch: it makes exactly as many bytes as were announced, or is refused. */
public final class PatchFuzzTarget {
    private static final int CHOICES = 5;
    private static final byte[] OLD = new byte[5000];

    static {
        new Random(1).nextBytes(OLD);
    }

    private PatchFuzzTarget() {}

    /**
     * @param data the new size in two bytes; then 0, and a patch; or 1, the lengths of diff and extra divided by 16, and the three streams
     *     as they are, control first
     */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length < CHOICES) {
            return;
        }
        int newSize = (data[0] & 0xff) << 8 | data[1] & 0xff;
        try {
            byte[] patch = data[2] == 1 ? ofStreams(data, newSize) : Arrays.copyOfRange(data, CHOICES, data.length);
            byte[] made = Patches.apply(patch, OLD, newSize);
            if (made.length != newSize) {
                throw new AssertionError("%d bytes, %d were announced".formatted(made.length, newSize));
            }
        } catch (OtaException e) {
            if (e.code() != ErrorCode.DIGEST_MISMATCH) {
                throw new AssertionError("refused as something else", e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] ofStreams(byte[] data, int newSize) throws IOException {
        int left = data.length - CHOICES;
        int diff = Math.min((data[3] & 0xff) * 16, left);
        int extra = Math.min((data[4] & 0xff) * 16, left - diff);
        int diffFrom = data.length - diff - extra;
        return Patches.raw(
                newSize,
                Arrays.copyOfRange(data, CHOICES, diffFrom),
                Arrays.copyOfRange(data, diffFrom, diffFrom + diff),
                Arrays.copyOfRange(data, data.length - extra, data.length));
    }
}
