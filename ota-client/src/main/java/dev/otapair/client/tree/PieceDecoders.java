package dev.otapair.client.tree;

import dev.otapair.client.store.FreeSpace;
import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.NewContent;
import dev.otapair.protocol.delta.OldContent;
import dev.otapair.protocol.delta.PatchReader;
import dev.otapair.protocol.delta.ZipPatch;
import dev.otapair.protocol.delta.ZstdInputStream;
import dev.otapair.protocol.delta.ZstdPatch;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** The decoders of all codings: a board can decode every one of them. */
final class PieceDecoders {
    /** PROTOCOL.md, section 9.3. */
    private static final int MAX_ZSTD_WINDOW = 8 * 1024 * 1024;

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    private static final Set<OpenOption> SCRATCH = Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE,
            LinkOption.NOFOLLOW_LINKS);

    private PieceDecoders() {}

    /** Returns a coding's decoder. */
    static PieceDecoder of(Coding coding) {
        return switch (coding) {
            case RAW -> PieceDecoders::decodeRaw;
            case ZSTD -> PieceDecoders::decodeZstd;
            case ZSTD_PATCH -> PieceDecoders::decodeZstdPatch;
            case BSDIFF -> PieceDecoders::decodeBsdiff;
            case ZIP_BSDIFF -> PieceDecoders::decodeZipBsdiff;
        };
    }

    private static void decodeRaw(Path coded, OldContent old, long newSize, NewContent made) throws IOException {
        try (InputStream content = open(coded)) {
            copy(content, newSize, made);
        }
    }

    private static void decodeZstd(Path coded, OldContent old, long newSize, NewContent made) throws IOException {
        try (InputStream content = new ZstdInputStream(open(coded), MAX_ZSTD_WINDOW)) {
            copy(content, newSize, made);
        }
    }

    private static void decodeZstdPatch(Path coded, OldContent old, long newSize, NewContent made) throws IOException {
        try (InputStream patch = open(coded)) {
            ZstdPatch.apply(patch, old, made, newSize);
        }
    }

    private static void decodeBsdiff(Path coded, OldContent old, long newSize, NewContent made) throws IOException {
        try (FileChannel patch = FileChannel.open(coded, READ);
                OutputStream stream = streamTo(made)) {
            new PatchReader(ZstdInputStream::new).apply(patch::read, 0, patch.size(), old, newSize, stream);
        }
    }

    /** The old zip's form is in a file beside the piece meanwhile; one that a power cut left there goes with what no plan names. */
    private static void decodeZipBsdiff(Path coded, OldContent old, long newSize, NewContent made) throws IOException {
        Path form = coded.resolveSibling(coded.getFileName() + ".form");
        long room = FreeSpace.at(coded).free() / 2;
        try (FileChannel patch = FileChannel.open(coded, READ);
                FileChannel scratch = FileChannel.open(form, SCRATCH, ObjectWriter.OWNERS_FILE);
                OutputStream stream = streamTo(made)) {
            PatchReader reader = new PatchReader(ZstdInputStream::new);
            ZipPatch.apply(reader, patch::read, patch.size(), old, scratch, room, newSize, stream);
        }
    }

    private static InputStream open(Path coded) throws IOException {
        return new BufferedInputStream(Files.newInputStream(coded, LinkOption.NOFOLLOW_LINKS), BUFFER_BYTES);
    }

    private static void copy(InputStream content, long newSize, NewContent made) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
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

    private static OutputStream streamTo(NewContent made) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int count) throws IOException {
                made.append(ByteBuffer.wrap(from, offset, count));
            }
        };
    }
}
