package dev.otapair.protocol.delta;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * What a patch begins with: how much it makes, and how its three streams are coded. Valid once constructed; immutable.
 *
 * @param newSize bytes that the patch makes
 * @param arithmetic of adding
 * @param control what is to be done
 * @param diff what is added to old bytes
 * @param extra bytes without old ones
 * @see "PROTOCOL.md, section 9.4: Patches"
 */
record PatchHeader(long newSize, Arithmetic arithmetic, Stream control, Stream diff, Stream extra) {
    /** Of all windows together. */
    static final int MAX_WINDOWS = 16 * 1024 * 1024;

    /** Of control bytes per byte that is made, and 32 besides: the longest that the shortest steps can take. */
    private static final int MAX_CONTROL = 32;

    private static final byte[] MAGIC = {'O', 'T', 'D', 1};

    /** How a stream is coded. */
    enum Coder {
        RAW,
        LZMA,
        ZSTD
    }

    /**
     * One of the streams.
     *
     * @param coder RAW where it is empty
     * @param length bytes, decoded
     * @param codedLength bytes, coded; {@code length} where RAW
     * @param window what the decoder keeps of what it has decoded: see {@link Window}; 0 where RAW
     * @param properties of LZMA: (pb * 5 + lp) * 9 + lc; else 0
     */
    record Stream(Coder coder, long length, long codedLength, int window, int properties) {
        static Stream raw(long length) {
            return new Stream(Coder.RAW, length, length, 0, 0);
        }

        private void write(OutputStream to) throws IOException {
            to.write(coder.ordinal());
            Varint.write(to, length);
            if (coder == Coder.RAW) {
                return;
            }
            Varint.write(to, codedLength);
            to.write(Window.toByte(window));
            if (coder == Coder.LZMA) {
                to.write(properties);
            }
        }

        private static Stream read(InputStream from) throws IOException {
            int coder = readByte(from);
            require(coder < Coder.values().length, "its coder", coder);
            long length = Varint.read(from);
            if (coder == Coder.RAW.ordinal()) {
                return raw(length);
            }
            long codedLength = Varint.read(from);
            int windowByte = readByte(from);
            require(windowByte <= Window.MAX_BYTE, "a window", windowByte);
            int window = Window.ofByte(windowByte);
            if (coder == Coder.ZSTD.ordinal()) {
                return new Stream(Coder.ZSTD, length, codedLength, window, 0);
            }
            int properties = readByte(from);
            require(properties < 9 * 5 * 5 && properties % 9 + properties / 9 % 5 <= 4, "LZMA properties", properties);
            return new Stream(Coder.LZMA, length, codedLength, window, properties);
        }
    }

    /** Returns the streams in the order in which they lie in the patch. */
    List<Stream> streams() {
        return List.of(control, diff, extra);
    }

    void write(OutputStream to) throws IOException {
        to.write(MAGIC);
        Varint.write(to, newSize);
        to.write(arithmetic.ordinal());
        for (Stream stream : streams()) {
            stream.write(to);
        }
    }

    /**
     * Reads a header. Takes no memory for what it announces.
     *
     * @param newSize what the patch has to make
     * @throws OtaException DIGEST_MISMATCH if it is none, announces another size, or more than its bounds
     * @throws IOException as {@code from} does
     */
    static PatchHeader read(InputStream from, long newSize) throws IOException {
        for (byte magic : MAGIC) {
            require(readByte(from) == magic, "it is none of version", MAGIC[MAGIC.length - 1]);
        }
        long announced = Varint.read(from);
        require(announced == newSize, "the size it makes", announced);
        int arithmetic = readByte(from);
        require(arithmetic < Arithmetic.values().length, "its arithmetic", arithmetic);
        PatchHeader header = new PatchHeader(
                newSize, Arithmetic.values()[arithmetic], Stream.read(from), Stream.read(from), Stream.read(from));
        long windows = header.streams().stream().mapToLong(Stream::window).sum();
        require(windows <= MAX_WINDOWS, "its windows", windows);
        require(header.control.length / MAX_CONTROL <= newSize, "its control bytes", header.control.length);
        require(header.diff.length <= newSize, "its diff bytes", header.diff.length);
        require(header.extra.length <= newSize - header.diff.length, "its extra bytes", header.extra.length);
        return header;
    }

    private static int readByte(InputStream from) throws IOException {
        int read = from.read();
        require(read >= 0, "it ends after", 0);
        return read;
    }

    private static void require(boolean holds, String what, long value) {
        if (!holds) {
            throw refused(what + " " + value);
        }
    }

    static OtaException refused(String why) {
        return new OtaException(ErrorCode.DIGEST_MISMATCH, "not a patch that can be applied: " + why);
    }
}
