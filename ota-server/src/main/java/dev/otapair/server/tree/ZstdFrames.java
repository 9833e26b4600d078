package dev.otapair.server.tree;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.InputStream;

/** Decodes zstd by the library of the system's own kind, where there is one. */
final class ZstdFrames {
    private static final int MAX_WINDOW_LOG = 27;

    /** What a decoder may hold. */
    static final int MAX_WINDOW_BYTES = 1 << MAX_WINDOW_LOG;

    private ZstdFrames() {}

    /**
     * Opens frames that follow each other.
     *
     * @throws OtaException IO_ERROR if there is no library for this machine
     */
    static InputStream open(InputStream frames) throws IOException {
        try {
            return new ZstdInputStreamNoFinalizer(frames).setLongMax(MAX_WINDOW_LOG);
        } catch (LinkageError e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR,
                    "zstd cannot be decoded on this machine (%s): pack the archive by gzip or xz"
                            .formatted(e.getMessage()),
                    e);
        }
    }
}
