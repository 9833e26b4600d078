package dev.otapair.protocol.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A fuzzer's bytes as a stream with a segmentation: the first 4 bytes say how long the pieces are, in turn. */
public final class Chunks {
    private static final int SIZES = 4;

    private Chunks() {}

    /** Returns the stream. */
    public static byte[] stream(byte[] data) {
        return data.length < SIZES ? new byte[0] : Arrays.copyOfRange(data, SIZES, data.length);
    }

    /** Returns the stream in pieces of 1 to 256 bytes, as the first bytes say. */
    public static List<byte[]> of(byte[] data) {
        byte[] stream = stream(data);
        List<byte[]> pieces = new ArrayList<>();
        int from = 0;
        for (int turn = 0; from < stream.length; turn = (turn + 1) % SIZES) {
            int to = Math.min(stream.length, from + 1 + (data[turn] & 0xff));
            pieces.add(Arrays.copyOfRange(stream, from, to));
            from = to;
        }
        return pieces;
    }
}
