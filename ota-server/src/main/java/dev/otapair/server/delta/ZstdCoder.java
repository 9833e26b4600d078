package dev.otapair.server.delta;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** Codes by zstd. Not thread-safe. */
final class ZstdCoder {
    /** What plain frames of the protocol have at most. */
    static final int WINDOW_LOG = 23;

    private static final int LEVEL = 19;
    private static final int BUFFER_BYTES = 256 * 1024;

    private final Contents contents;
    private final ByteBuffer coded = ByteBuffer.allocateDirect(BUFFER_BYTES);

    ZstdCoder(Contents contents) {
        this.contents = contents;
    }

    /**
     * Codes contents, one after the other, as one frame.
     *
     * @param target made anew
     * @return what was written there
     */
    Content code(List<Content> objects, Path target) throws IOException {
        try (ZstdCompressCtx zstd = new ZstdCompressCtx();
                CodedFile out = new CodedFile(target)) {
            zstd.setLevel(LEVEL).setWindowLog(WINDOW_LOG);
            zstd.setPledgedSrcSize(objects.stream().mapToLong(Content::size).sum());
            for (Content object : objects) {
                contents.read(object, bytes -> {
                    while (bytes.hasRemaining()) {
                        zstd.compressDirectByteBufferStream(coded.clear(), bytes, EndDirective.CONTINUE);
                        out.write(coded.flip());
                    }
                });
            }
            ByteBuffer nothing = ByteBuffer.allocateDirect(0);
            boolean isDone = false;
            while (!isDone) {
                isDone = zstd.compressDirectByteBufferStream(coded.clear(), nothing, EndDirective.END);
                out.write(coded.flip());
            }
            return out.content();
        }
    }

    /** Codes a small content as one frame. */
    static byte[] code(byte[] content) {
        try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            return zstd.setLevel(LEVEL).compress(content);
        }
    }

    /** As above, with an old content as dictionary. */
    static byte[] code(byte[] content, byte[] old) {
        try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            return zstd.setLevel(LEVEL).loadDict(old).compress(content);
        }
    }
}
