package dev.otapair.client.tree;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdOutputStream;
import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.PatchWriter;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;

/** Makes plans at random: any coding for anything that the board lacks. Not thread-safe. */
final class TestPlanner {
    private final Path folder;
    private final Random random;
    private final List<Piece> pieces = new ArrayList<>();

    /** @param folder for the coded pieces; exists */
    TestPlanner(Path folder, Random random) {
        this.folder = folder;
        this.random = random;
    }

    /** Returns where a piece was written. */
    Path pathOf(Piece piece) {
        return folder.resolve(piece.sha256().hex());
    }

    /** Makes a plan, and writes its pieces. */
    Plan plan(Optional<ModelTree> base, ObjectNumbers damaged, ModelTree wanted) throws IOException {
        pieces.clear();
        List<Content> old = base.map(tree -> tree.manifest().objects()).orElseGet(List::of);
        List<Content> made = wanted.manifest().objects();
        List<Integer> lacking = new ArrayList<>();
        Set<Integer> builtOn = new TreeSet<>();
        for (int i = 0; i < made.size(); i++) {
            int inOld = old.indexOf(made.get(i));
            if (made.get(i).size() > 0 && inOld < 0) {
                lacking.add(i);
            } else if (made.get(i).size() > 0) {
                builtOn.add(inOld);
            }
        }
        Collections.shuffle(lacking, random);
        List<Piece> newPieces = new ArrayList<>();
        IntFunction<byte[]> oldBytes = number -> base.orElseThrow().object(old.get(number));
        IntFunction<byte[]> newBytes = number -> wanted.object(made.get(number));
        for (int i = 0; i < lacking.size(); ) {
            Coding coding = old.isEmpty()
                    ? List.of(Coding.RAW, Coding.ZSTD).get(random.nextInt(2))
                    : List.of(Coding.RAW, Coding.ZSTD, Coding.ZSTD_PATCH, Coding.BSDIFF)
                            .get(random.nextInt(4));
            int most = coding == Coding.ZSTD_PATCH ? 1 : 1 + random.nextInt(4);
            List<Integer> makes = lacking.subList(i, Math.min(lacking.size(), i + most));
            List<Integer> from = from(coding, old.size());
            builtOn.addAll(from);
            newPieces.add(piece(coding, Side.NEW, from, makes, oldBytes, newBytes));
            i += makes.size();
        }
        List<Integer> lost = damaged.stream().boxed().filter(builtOn::contains).toList();
        for (int i = 0; i < lost.size(); ) {
            List<Integer> makes = lost.subList(i, Math.min(lost.size(), i + 1 + random.nextInt(3)));
            Coding coding = List.of(Coding.RAW, Coding.ZSTD).get(random.nextInt(2));
            pieces.add(piece(coding, Side.OLD, List.of(), makes, oldBytes, oldBytes));
            i += makes.size();
        }
        pieces.addAll(newPieces);
        return new Plan(
                wanted.manifest().sha256(), base.map(tree -> tree.manifest().sha256()), pieces);
    }

    /** Codes objects, and writes the piece. */
    Piece piece(
            Coding coding,
            Side side,
            List<Integer> from,
            List<Integer> makes,
            IntFunction<byte[]> oldBytes,
            IntFunction<byte[]> newBytes)
            throws IOException {
        byte[] old = joined(from, oldBytes);
        byte[] made = joined(makes, newBytes);
        byte[] coded = switch (coding) {
            case RAW -> made;
            case ZSTD -> Zstd.compress(made, 3);
            case ZSTD_PATCH -> zstdPatch(old, made);
            case BSDIFF -> bsdiff(old, made);
            case ZIP_BSDIFF -> throw new AssertionError("objects here are no zips");
        };
        Digest sha256 = ModelTree.digestOf(Digest.Algorithm.SHA256, coded);
        Files.write(folder.resolve(sha256.hex()), coded);
        return new Piece(coding, coded.length, sha256, side, from, makes);
    }

    private List<Integer> from(Coding coding, int count) {
        List<Integer> from = new ArrayList<>();
        int size = switch (coding) {
            case RAW, ZSTD -> 0;
            case ZSTD_PATCH, ZIP_BSDIFF -> 1;
            case BSDIFF -> 1 + random.nextInt(4);
        };
        for (int i = 0; i < size; i++) {
            from.add(random.nextInt(count));
        }
        return from;
    }

    private static byte[] joined(List<Integer> numbers, IntFunction<byte[]> contents) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        numbers.forEach(number -> all.writeBytes(contents.apply(number)));
        return all.toByteArray();
    }

    private static byte[] zstdPatch(byte[] old, byte[] made) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            if (old.length > 0) {
                context.loadDict(old);
            }
            return context.setLevel(3).compress(made);
        }
    }

    private byte[] bsdiff(byte[] old, byte[] made) throws IOException {
        ByteArrayOutputStream patch = new ByteArrayOutputStream();
        new PatchWriter(folder, TestPlanner::zstd).write(old, made, new int[0], patch);
        return patch.toByteArray();
    }

    private static void zstd(InputStream plain, long length, int window, OutputStream coded) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        try (ZstdOutputStream zstd = new ZstdOutputStream(frame, 3)) {
            zstd.setWindowLog(31 - Integer.numberOfLeadingZeros(window));
            plain.transferTo(zstd);
        }
        frame.writeTo(coded);
    }
}
