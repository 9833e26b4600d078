package dev.otapair.server.delta;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.otapair.protocol.delta.StreamCoder;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** Codes by zstd. Not thread-safe. */
final class ZstdCoder implements StreamCoder {
    /** Beyond it times grow more than anything shrinks. */
    static final int LEVEL = 19;

    /** For an estimate: nothing that is not far away gets half as large by what is slower. */
    private static final int FAST = 9;

    /** What plain frames of the protocol have at most: 8 MiB. */
    private static final int WINDOW_LOG = 23;

    private static final int MIN_WINDOW_LOG = 10;
    private static final int STREAM_LEVEL = 22;
    private static final int BUFFER_BYTES = 256 * 1024;

    /** What would be taken for a dictionary with tables, and not for the bytes that it is. */
    private static final int DICTIONARY_MAGIC = 0xEC30A437;

    private final Contents contents;
    private final ByteBuffer coded = ByteBuffer.allocateDirect(BUFFER_BYTES);

    ZstdCoder(Contents contents) {
        this.contents = contents;
    }

    /** Takes in coded bytes. */
    private interface Sink {
        void write(ByteBuffer bytes) throws IOException;
    }

    /**
     * Codes contents, one after the other, as one frame.
     *
     * @param target made anew
     * @return what was written there
     */
    Content code(List<Content> objects, int level, Path target) throws IOException {
        try (CodedFile out = new CodedFile(target)) {
            code(objects, level, out::write);
            return out.content();
        }
    }

    /** Returns about how small contents are as one frame. */
    long estimate(List<Content> objects) throws IOException {
        long[] size = new long[1];
        code(objects, FAST, bytes -> size[0] += bytes.remaining());
        return size[0];
    }

    /**
     * Codes a content with an old one as dictionary.
     *
     * @param made a mapped file
     * @param tableLog of {@link Memory#zstdTableLog}
     * @param limit bytes; what is not smaller is of no use
     * @param target made anew, {@code limit} bytes long where it is of use
     * @return how many of them are the frame's; empty where that is not smaller
     */
    Optional<Integer> codePatch(byte[] old, ByteBuffer made, int tableLog, int limit, Path target) throws IOException {
        if (isDictionary(old) || limit < 1) {
            return Optional.empty();
        }
        try (ZstdCompressCtx zstd = new ZstdCompressCtx();
                FileChannel channel = FileChannel.open(
                        target,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            fill(channel, limit);
            ByteBuffer out = channel.map(FileChannel.MapMode.READ_WRITE, 0, limit);
            patchParameters(zstd, old.length + (long) made.remaining(), tableLog);
            zstd.loadDict(old);
            return Optional.of(zstd.compressDirectByteBuffer(out, 0, limit, made, made.position(), made.remaining()));
        } catch (ZstdException e) {
            if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public void code(InputStream plain, long length, int window, OutputStream to) throws IOException {
        try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            zstd.setLevel(STREAM_LEVEL).setWindowLog(Integer.SIZE - 1 - Integer.numberOfLeadingZeros(window));
            zstd.setPledgedSrcSize(length);
            Sink sink = bytes -> {
                byte[] portion = new byte[bytes.remaining()];
                bytes.get(portion);
                to.write(portion);
            };
            ByteBuffer some = ByteBuffer.allocateDirect(BUFFER_BYTES);
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = plain.read(buffer); count >= 0; count = plain.read(buffer)) {
                some.clear().put(buffer, 0, count).flip();
                goOn(zstd, some, sink);
            }
            finish(zstd, sink);
        }
    }

    /** Codes a small content as one frame. */
    static byte[] code(byte[] content) {
        try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            return zstd.setLevel(LEVEL).setWindowLog(WINDOW_LOG).compress(content);
        }
    }

    /** As above, with an old content as dictionary that is none of zstd's own. */
    static byte[] code(byte[] content, byte[] old) {
        try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            long both = content.length + (long) old.length;
            patchParameters(zstd, both, Memory.logOf(both));
            return zstd.loadDict(old).compress(content);
        }
    }

    /** Matches may lie anywhere in both contents. */
    private static void patchParameters(ZstdCompressCtx zstd, long bothBytes, int tableLog) {
        zstd.setLevel(LEVEL)
                .setWindowLog(Math.max(MIN_WINDOW_LOG, Memory.logOf(bothBytes)))
                .setHashLog(Math.max(MIN_WINDOW_LOG, tableLog))
                .setChainLog(Math.max(MIN_WINDOW_LOG, tableLog));
    }

    private void code(List<Content> objects, int level, Sink sink) throws IOException {
        try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            zstd.setLevel(level).setWindowLog(WINDOW_LOG);
            zstd.setPledgedSrcSize(objects.stream().mapToLong(Content::size).sum());
            for (Content object : objects) {
                contents.read(object, bytes -> goOn(zstd, bytes, sink));
            }
            finish(zstd, sink);
        }
    }

    private void goOn(ZstdCompressCtx zstd, ByteBuffer bytes, Sink sink) throws IOException {
        while (bytes.hasRemaining()) {
            zstd.compressDirectByteBufferStream(coded.clear(), bytes, EndDirective.CONTINUE);
            sink.write(coded.flip());
        }
    }

    private void finish(ZstdCompressCtx zstd, Sink sink) throws IOException {
        ByteBuffer nothing = ByteBuffer.allocateDirect(0);
        boolean isDone = false;
        while (!isDone) {
            isDone = zstd.compressDirectByteBufferStream(coded.clear(), nothing, EndDirective.END);
            sink.write(coded.flip());
        }
    }

    /** On a full disk this is an error; a write to a mapped file that has no room would end the process. */
    private static void fill(FileChannel channel, int bytes) throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocateDirect(BUFFER_BYTES);
        for (int left = bytes; left > 0; left -= zeroes.position()) {
            zeroes.clear().limit(Math.min(left, BUFFER_BYTES));
            while (zeroes.hasRemaining()) {
                channel.write(zeroes);
            }
        }
    }

    private static boolean isDictionary(byte[] content) {
        return content.length >= Integer.BYTES
                && ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt() == DICTIONARY_MAGIC;
    }
}
