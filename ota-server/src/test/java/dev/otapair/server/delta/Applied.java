package dev.otapair.server.delta;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import dev.otapair.protocol.delta.OldContent;
import dev.otapair.protocol.delta.PatchBytes;
import dev.otapair.protocol.delta.PatchReader;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.delta.ZipPatch;
import dev.otapair.protocol.delta.ZstdInputStream;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What comes of a plan, in memory: contents by their digests. */
public final class Applied {
    private Applied() {}

    /**
     * Follows a plan.
     *
     * @param held what the board has of the base
     * @param olds objects of the base, by number
     * @param news objects that are wanted, by number
     * @param pieces all of them, one after the other
     * @return what the board has afterwards; fails unless each piece is what the plan says, and makes what it should
     */
    public static Map<Digest, byte[]> plan(
            Plan plan, Map<Digest, byte[]> held, List<Content> olds, List<Content> news, byte[] pieces)
            throws IOException {
        Map<Digest, byte[]> has = new HashMap<>(held);
        int position = 0;
        for (Piece piece : plan.pieces()) {
            byte[] coded = Arrays.copyOfRange(pieces, position, position + (int) piece.length());
            position += coded.length;
            require(Shelf.sha256(coded).equals(piece.sha256()), "a piece is another one than the plan says");
            List<Content> makes = piece.makes().stream()
                    .map(number -> (piece.side() == Side.NEW ? news : olds).get(number))
                    .toList();
            int size = (int) makes.stream().mapToLong(Content::size).sum();
            byte[] old = joined(has, piece.from().stream().map(olds::get).toList());
            byte[] made = decoded(piece, coded, old, size);
            int from = 0;
            for (Content content : makes) {
                byte[] object = Arrays.copyOfRange(made, from, from + (int) content.size());
                from += object.length;
                require(Shelf.sha256(object).equals(content.sha256()), "an object is another one than it should be");
                has.put(content.sha256(), object);
            }
            require(from == made.length, "a piece makes more than it should");
        }
        require(position == pieces.length, "there are more bytes than pieces");
        return has;
    }

    private static byte[] decoded(Piece piece, byte[] coded, byte[] old, int size) throws IOException {
        return switch (piece.coding()) {
            case RAW -> coded;
            case ZSTD -> Zstd.decompress(coded, size);
            case ZSTD_PATCH -> {
                try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
                    yield zstd.loadDict(old).decompress(coded, size);
                }
            }
            case BSDIFF -> {
                ByteArrayOutputStream made = new ByteArrayOutputStream();
                new PatchReader((stream, window) -> new ZstdInputStream(stream, window))
                        .apply(bytes(coded), 0, coded.length, content(old), size, made);
                yield made.toByteArray();
            }
            case ZIP_BSDIFF -> zip(coded, old, size);
        };
    }

    private static byte[] zip(byte[] coded, byte[] old, int size) throws IOException {
        Path form = Files.createTempFile("form", "");
        try (FileChannel scratch = FileChannel.open(
                form, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE)) {
            ByteArrayOutputStream made = new ByteArrayOutputStream();
            PatchReader reader = new PatchReader((stream, window) -> new ZstdInputStream(stream, window));
            ZipPatch.apply(reader, bytes(coded), coded.length, content(old), scratch, 1L << 30, size, made);
            return made.toByteArray();
        }
    }

    private static PatchBytes bytes(byte[] content) {
        return (into, position) -> {
            int count = (int) Math.min(into.remaining(), content.length - position);
            if (count <= 0) {
                return -1;
            }
            into.put(content, (int) position, count);
            return count;
        };
    }

    private static OldContent content(byte[] content) {
        return new OldContent() {
            @Override
            public long size() {
                return content.length;
            }

            @Override
            public void read(long position, ByteBuffer into) {
                into.put(content, (int) position, into.remaining());
            }
        };
    }

    private static byte[] joined(Map<Digest, byte[]> has, List<Content> contents) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Content content : contents) {
            byte[] object = has.get(content.sha256());
            require(object != null, "a piece builds on an object that the board has not");
            all.writeBytes(object);
        }
        return all.toByteArray();
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
