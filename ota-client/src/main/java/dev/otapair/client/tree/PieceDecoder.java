package dev.otapair.client.tree;

import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.NewContent;
import dev.otapair.protocol.delta.OldContent;
import dev.otapair.protocol.delta.ZstdInputStream;
import dev.otapair.protocol.delta.ZstdPatch;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Makes objects of a piece. The piece may hold anything: memory is bounded, and no more is made than was meant.
 *
 * @see "PROTOCOL.md, section 9.3: Pieces"
 */
@FunctionalInterface
interface PieceDecoder {
    /**
     * Decodes a piece; blocks.
     *
     * @param coded a file with its bytes
     * @param old the objects it builds on, one after the other
     * @param newSize bytes that have to come of it
     * @param made gets them in order; may have some of them after a failure
     * @throws IOException if the piece is damaged, or makes another number of bytes; or if {@code old} cannot be read
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH likewise; or as {@code made} does
     */
    void decode(Path coded, OldContent old, long newSize, NewContent made) throws IOException;

    /** Returns the decoder of a coding. */
    static PieceDecoder of(Coding coding) {
        return switch (coding) {
            case RAW -> (coded, old, newSize, made) -> copy(open(coded), newSize, made);
            case ZSTD ->
                (coded, old, newSize, made) ->
                        copy(new ZstdInputStream(open(coded), Limits.MAX_ZSTD_WINDOW), newSize, made);
            case ZSTD_PATCH ->
                (coded, old, newSize, made) -> {
                    try (InputStream patch = open(coded)) {
                        ZstdPatch.apply(patch, old, made, newSize);
                    }
                };
            case BSDIFF -> throw new IllegalArgumentException("bsdiff");
        };
    }

    private static InputStream open(Path coded) throws IOException {
        return new BufferedInputStream(Files.newInputStream(coded, LinkOption.NOFOLLOW_LINKS), Limits.BUFFER_BYTES);
    }

    private static void copy(InputStream content, long newSize, NewContent made) throws IOException {
        try (content) {
            byte[] buffer = new byte[Limits.BUFFER_BYTES];
            long left = newSize;
            while (left > 0) {
                int count = content.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (count < 0) {
                    throw new IOException("the piece makes %d bytes too few".formatted(left));
                }
                made.append(ByteBuffer.wrap(buffer, 0, count));
                left -= count;
            }
            if (content.read() >= 0) {
                throw new IOException("the piece makes more than %d bytes".formatted(newSize));
            }
        }
    }

    /** What decoding takes at most. */
    final class Limits {
        private static final int MAX_ZSTD_WINDOW = 8 * 1024 * 1024;
        private static final int BUFFER_BYTES = 64 * 1024;

        private Limits() {}
    }
}
