package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;
import org.tukaani.xz.LZMAInputStream;

/** One stream of a patch, being decoded. Its window is allocated at the first read. Not thread-safe. */
final class PatchStream extends InputStream {
    private final PatchHeader.Stream header;
    private final StreamDecoder zstd;
    private final PatchRange coded;
    private InputStream decoded;
    private long left;

    /**
     * @param from where its coded bytes begin in the patch
     */
    PatchStream(PatchHeader.Stream header, StreamDecoder zstd, PatchBytes patch, long from) {
        this.header = header;
        this.zstd = zstd;
        this.coded = new PatchRange(patch, from, header.codedLength());
        this.left = header.length();
    }

    /** Returns how many bytes have not been read. */
    long left() {
        return left;
    }

    /** Reads one byte; -1 when all that was announced has been read. */
    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /**
     * Reads exactly so many bytes, or -1 at the end of what was announced.
     *
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH if there are fewer, or they are damaged
     * @throws IOException if the patch cannot be read
     */
    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
        if (left == 0) {
            return -1;
        }
        if (count > left) {
            throw PatchHeader.refused("a stream has %d bytes left, %d are wanted".formatted(left, count));
        }
        if (decode(into, offset, count) < count) {
            throw PatchHeader.refused("a stream ends early");
        }
        left -= count;
        return count;
    }

    /**
     * Sees that nothing is left.
     *
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH if something is, coded or decoded
     * @throws IOException if the patch cannot be read
     */
    void finish() throws IOException {
        if (left > 0 || header.length() > 0 && decode(new byte[1], 0, 1) != 0 || coded.left() > 0) {
            throw PatchHeader.refused("a stream goes on after its end");
        }
    }

    private int decode(byte[] into, int offset, int count) throws IOException {
        try {
            if (decoded == null) {
                decoded = open();
            }
            return decoded.readNBytes(into, offset, count);
        } catch (IOException e) {
            coded.rethrow();
            throw PatchHeader.refused("a stream is damaged: " + e.getMessage());
        }
    }

    private InputStream open() throws IOException {
        return switch (header.coder()) {
            case RAW -> coded;
            case LZMA -> new LZMAInputStream(coded, header.length(), (byte) header.properties(), header.window());
            case ZSTD -> zstd.open(coded, header.window());
        };
    }
}
