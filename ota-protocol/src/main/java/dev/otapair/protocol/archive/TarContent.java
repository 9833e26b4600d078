package dev.otapair.protocol.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of a tar archive as its reader takes them, counted. What is between two contents is bounded, and can be looked
 * at afterwards.
 */
final class TarContent extends InputStream {
    /** Enough for the longest names and attributes; the reader holds all of it in memory. */
    private static final int MAX_HEADER_BYTES = 256 * 1024;

    private final InputStream content;
    private final long maxBytes;
    private final ByteArrayOutputStream headers = new ByteArrayOutputStream();
    private boolean isInHeaders;
    private long count;

    /** @param content not closed */
    TarContent(InputStream content, long maxBytes) {
        this.content = content;
        this.maxBytes = maxBytes;
    }

    void beginHeaders() {
        headers.reset();
        isInHeaders = true;
    }

    /** Returns what was read since {@link #beginHeaders}. */
    byte[] endHeaders() {
        isInHeaders = false;
        return headers.toByteArray();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int read = content.read(target, offset, length);
        if (read > 0) {
            count += read;
            if (count > maxBytes) {
                throw Refusal.of("the archive unpacks to more than %d bytes, which is too many for its size"
                        .formatted(maxBytes));
            }
            if (isInHeaders) {
                remember(target, offset, read);
            }
        }
        return read;
    }

    private void remember(byte[] target, int offset, int read) {
        if (headers.size() + read > MAX_HEADER_BYTES) {
            throw Refusal.of("an entry has headers of more than %d bytes".formatted(MAX_HEADER_BYTES));
        }
        headers.write(target, offset, read);
    }
}
