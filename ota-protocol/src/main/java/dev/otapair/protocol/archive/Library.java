package dev.otapair.protocol.archive;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Calls of the libraries that read archives. Those answer damage by exceptions of many kinds; here they are {@link IOException}s, and what
 * fails outside of such a call is a defect of ours. Stateless.
 */
final class Library {
    /** Something of a library's. */
    interface Call<T> {
        T run() throws IOException;
    }

    private Library() {}

    /**
     * Returns what a library does.
     *
     * @throws IOException if the archive is damaged
     * @throws OtaException of what it reads from
     */
    static <T> T call(Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (OtaException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new IOException(FileFault.why(e), e);
        }
    }

    /** Returns a library's stream, to be read likewise. */
    static InputStream stream(InputStream content) {
        return new FilterInputStream(content) {
            @Override
            public int read() throws IOException {
                return call(in::read);
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return call(() -> in.read(target, offset, length));
            }
        };
    }
}
