package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.NewContent;
import dev.otapair.protocol.delta.OldContent;
import dev.otapair.protocol.delta.PatchReader;
import dev.otapair.protocol.delta.PatchWriter;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.delta.ZipForm;
import dev.otapair.protocol.delta.ZipPatch;
import dev.otapair.protocol.delta.ZstdInputStream;
import dev.otapair.protocol.delta.ZstdPatch;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * Makes pieces, one way or another, for somebody else to choose from. What it has made was decoded again, as boards do it, and gave what it
 * should. Not thread-safe; blocks.
 */
final class PieceMaker {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int MAX_WINDOW = 8 << 20;

    /** A local header, which is what a zip without anything before it begins with. */
    private static final byte[] ZIP = {'P', 'K', 3, 4};

    private final Objects base;
    private final Objects wanted;
    private final Contents contents;
    private final Making making;
    private final Memory memory;
    private final ZstdCoder zstd;

    PieceMaker(Objects base, Objects wanted, Contents contents, Making making, Memory memory) {
        this.base = base;
        this.wanted = wanted;
        this.contents = contents;
        this.making = making;
        this.memory = memory;
        this.zstd = new ZstdCoder(contents);
    }

    /** Returns the piece that is some objects as they are. One alone is sent from where it lies. */
    Draft raw(Side side, List<Integer> numbers) throws IOException {
        List<Content> objects = contentsOf(of(side), numbers);
        if (objects.size() == 1) {
            contents.read(objects.get(0), bytes -> {});
            return new Draft(Coding.RAW, Optional.empty(), objects.get(0), side, List.of(), numbers);
        }
        Path file = making.newFile();
        try (CodedFile out = new CodedFile(file)) {
            for (Content object : objects) {
                contents.read(object, out::write);
            }
            return new Draft(Coding.RAW, Optional.of(file), out.content(), side, List.of(), numbers);
        }
    }

    /** Makes one frame of zstd's of some objects. */
    Draft solid(Side side, List<Integer> numbers, int level) throws IOException {
        List<Content> objects = contentsOf(of(side), numbers);
        Path file = making.newFile();
        Content coded = zstd.code(objects, level, file);
        try (InputStream decoded =
                new ZstdInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES), MAX_WINDOW)) {
            requireSame(objects, decoded);
        }
        return new Draft(Coding.ZSTD, Optional.of(file), coded, side, List.of(), numbers);
    }

    /** Returns about how small {@link #solid} is. */
    long estimate(List<Integer> numbers) throws IOException {
        return zstd.estimate(contentsOf(wanted, numbers));
    }

    private static int[] startsOf(List<Content> objects) {
        int[] starts = new int[objects.size()];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + (int) objects.get(i - 1).size();
        }
        return starts;
    }

    /** Makes a patch of the bsdiff kind; empty where there is no room for that. */
    Optional<Draft> bsdiff(List<Integer> from, List<Integer> makes) throws IOException {
        List<Content> olds = contentsOf(base, from);
        List<Content> news = contentsOf(wanted, makes);
        if (olds.isEmpty() || !memory.hasRoomForPatch(bytes(olds), bytes(news))) {
            return Optional.empty();
        }
        byte[] old = joined(olds);
        Path file = making.newFile();
        Content coded;
        try (CodedFile out = new CodedFile(file);
                OutputStream stream = out.stream()) {
            new PatchWriter(making.scratch(), zstd).write(old, joined(news), startsOf(news), stream);
            stream.flush();
            coded = out.content();
        }
        try (FileChannel patch = FileChannel.open(file, StandardOpenOption.READ)) {
            Comparison comparison = new Comparison(news);
            new PatchReader((stream, window) -> new ZstdInputStream(stream, window))
                    .apply(patch::read, 0, coded.size(), OldContent.of(old), bytes(news), comparison);
            comparison.finish();
        }
        return Optional.of(new Draft(Coding.BSDIFF, Optional.of(file), coded, Side.NEW, from, makes));
    }

    /**
     * Makes a patch of zstd's kind; empty where there is no room for that, or it is of no use.
     *
     * @param limit it has to be smaller than this
     */
    Optional<Draft> zstdPatch(int from, int makes, long limit) throws IOException {
        Content old = base.contents().get(from);
        Content wants = wanted.contents().get(makes);
        int tableLog = memory.zstdTableLog(old.size(), wants.size());
        if (tableLog == 0 || old.size() == 0) {
            return Optional.empty();
        }
        // Freed heap goes back to the system: zstd needs the room.
        System.gc();
        byte[] dictionary = contents.read(old);
        Path file = making.newFile();
        int most = (int) Math.min(limit - 1, wants.size());
        Optional<Integer> size =
                contents.mapped(wants, mapped -> zstd.codePatch(dictionary, mapped, tableLog, most, file));
        if (size.isEmpty()) {
            Files.deleteIfExists(file);
            return Optional.empty();
        }
        Content coded = truncated(file, size.get());
        requireMakes(file, dictionary, wants);
        return Optional.of(
                new Draft(Coding.ZSTD_PATCH, Optional.of(file), coded, Side.NEW, List.of(from), List.of(makes)));
    }

    /** Makes a patch of what two zips hold; empty where one is no zip, cannot be made anew, or there is no room for that. */
    Optional<Draft> zipPatch(int from, int makes) throws IOException {
        Content old = base.contents().get(from);
        Content wants = wanted.contents().get(makes);
        long most = Math.min(ZipForm.maxBytes(old.size()), ZipForm.maxBytes(wants.size()));
        if (!memory.hasRoomForPatch(old.size(), wants.size())
                || !contents.begins(old, ZIP)
                || !contents.begins(wants, ZIP)) {
            return Optional.empty();
        }
        try (ScratchFile oldForm = new ScratchFile(making.newFile());
                ScratchFile newForm = new ScratchFile(making.newFile())) {
            OldContent oldZip = OldContent.of(contents.read(old));
            Optional<ZipPatch> patch = ZipPatch.prepare(
                            oldZip, oldForm.channel(), OldContent.of(contents.read(wants)), newForm.channel(), most)
                    .filter(each ->
                            memory.hasRoomForPatch(each.oldBytes() + old.size(), each.newBytes() + wants.size()));
            if (patch.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(zipDraft(patch.get(), from, makes, oldZip));
        }
    }

    private Draft zipDraft(ZipPatch patch, int from, int makes, OldContent oldZip) throws IOException {
        Content wants = wanted.contents().get(makes);
        Path file = making.newFile();
        Content coded;
        try (CodedFile out = new CodedFile(file);
                OutputStream stream = out.stream()) {
            patch.write(new PatchWriter(making.scratch(), zstd), stream);
            stream.flush();
            coded = out.content();
        }
        try (FileChannel piece = FileChannel.open(file, StandardOpenOption.READ);
                ScratchFile form = new ScratchFile(making.newFile())) {
            Comparison comparison = new Comparison(List.of(wants));
            ZipPatch.apply(
                    new PatchReader(ZstdInputStream::new),
                    piece::read,
                    coded.size(),
                    oldZip,
                    form.channel(),
                    Long.MAX_VALUE,
                    wants.size(),
                    comparison);
            comparison.finish();
        }
        return new Draft(Coding.ZIP_BSDIFF, Optional.of(file), coded, Side.NEW, List.of(from), List.of(makes));
    }

    /** Removes the file of a piece that was not chosen. */
    void discard(Draft draft) throws IOException {
        if (draft.file().isPresent()) {
            Files.deleteIfExists(draft.file().get());
        }
    }

    private void requireMakes(Path patch, byte[] old, Content wants) throws IOException {
        Path result = making.newFile();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(patch), BUFFER_BYTES);
                FileChannel out = FileChannel.open(
                        result, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ZstdPatch.apply(in, OldContent.of(old), NewContent.of(out), wants.size());
            out.position(0);
            requireSame(List.of(wants), Channels.newInputStream(out));
        } finally {
            Files.deleteIfExists(result);
        }
    }

    private static void requireSame(List<Content> expected, InputStream decoded) throws IOException {
        Comparison comparison = new Comparison(expected);
        decoded.transferTo(comparison);
        comparison.finish();
    }

    private Objects of(Side side) {
        return side == Side.NEW ? wanted : base;
    }

    private byte[] joined(List<Content> objects) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(bytes(objects)));
        for (Content object : objects) {
            int end = all.position() + (int) object.size();
            contents.read(object, bytes -> {
                if (bytes.remaining() <= end - all.position()) {
                    all.put(bytes);
                }
            });
        }
        return all.array();
    }

    private static Content truncated(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.truncate(size);
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256).updateAll(channel);
            return new Content(size, digester.finish(Digest.Algorithm.SHA256));
        }
    }

    private static List<Content> contentsOf(Objects side, List<Integer> numbers) {
        return numbers.stream().map(number -> side.contents().get(number)).toList();
    }

    private static long bytes(List<Content> objects) {
        return objects.stream().mapToLong(Content::size).sum();
    }
}
