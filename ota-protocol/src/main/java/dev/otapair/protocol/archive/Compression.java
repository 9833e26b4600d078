package dev.otapair.protocol.archive;

import dev.otapair.protocol.delta.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** How a tar archive is compressed, by its first bytes, whatever its name says. */
enum Compression {
    GZIP("1f8b08") {
        @Override
        InputStream open(BufferedInputStream archive, int windowBytes) throws IOException {
            return Library.stream(Library.call(() -> new GZIPInputStream(archive, BUFFER_BYTES)));
        }
    },
    XZ("fd377a585a00") {
        @Override
        InputStream open(BufferedInputStream archive, int windowBytes) throws IOException {
            return Library.stream(Library.call(() -> new XZInputStream(archive, windowBytes / 1024 + XZ_MEMORY_KIB)));
        }
    },
    ZSTD("28b52ffd") {
        @Override
        InputStream open(BufferedInputStream archive, int windowBytes) {
            return new ZstdInputStream(archive, windowBytes);
        }
    },
    NONE("") {
        @Override
        InputStream open(BufferedInputStream archive, int windowBytes) {
            return archive;
        }
    };

    /** Of an archive's start, enough for a tar header. */
    static final int START_BYTES = 512;

    private static final int BUFFER_BYTES = 64 * 1024;

    /** What the decoder needs besides its dictionary. */
    private static final int XZ_MEMORY_KIB = 256;

    private final byte[] magic;

    Compression(String magic) {
        this.magic = HexFormat.of().parseHex(magic);
    }

    static Compression of(byte[] start) {
        return Arrays.stream(values())
                .filter(compression -> startsWith(start, compression.magic))
                .findFirst()
                .orElse(NONE);
    }

    /**
     * Opens the decoder.
     *
     * @param windowBytes of its dictionary or window, at most
     * @throws IOException if what is there is damaged
     */
    abstract InputStream open(BufferedInputStream archive, int windowBytes) throws IOException;

    /** Returns the first bytes of what is read next, {@value #START_BYTES} where there are so many. */
    static byte[] start(BufferedInputStream archive) throws IOException {
        archive.mark(START_BYTES);
        byte[] start = archive.readNBytes(START_BYTES);
        archive.reset();
        return start;
    }

    static boolean startsWith(byte[] bytes, byte[] magic) {
        return bytes.length >= magic.length && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
    }
}
