package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * Decodes zstd frames, one after the other, without a dictionary; what is to be skipped is. Takes the memory of the window and
 * about 300 KiB, at the first read of each frame. For one thread.
 *
 * @see "RFC 8878"
 */
public final class ZstdInputStream extends InputStream {
    private static final int MAX_WINDOW_BYTES = 1 << 30;

    private final InputStream in;
    private final FrameDecoder decoder;
    private final int maxWindowBytes;
    private History history;
    private int ready;
    private boolean isAtEnd;
    private boolean hasBegun;
    private IOException failure;

    /**
     * Reads nothing yet.
     *
     * @param in the frames and nothing else, buffered; read to its end, and closed with this
     * @param maxWindowBytes the largest window taken, 1 to 2^30
     */
    public ZstdInputStream(InputStream in, int maxWindowBytes) {
        if (maxWindowBytes < 1 || maxWindowBytes > MAX_WINDOW_BYTES) {
            throw new IllegalArgumentException("a window of " + maxWindowBytes + ", expected 1 to " + MAX_WINDOW_BYTES);
        }
        this.in = in;
        this.maxWindowBytes = maxWindowBytes;
        this.decoder = new FrameDecoder(in);
    }

    /**
     * {@inheritDoc}
     *
     * @throws ZstdWindowException if a frame needs a larger window; it is not allocated then
     * @throws ZstdException if there is no frame at all, or one is damaged or cut off; every further read throws as well
     * @throws IOException if the input cannot be read
     */
    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, into.length);
        if (count == 0) {
            return 0;
        }
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        try {
            fill();
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        if (ready == 0) {
            return -1;
        }
        int copied = Math.min(count, ready);
        history.copyTo(ready, into, offset, copied);
        ready -= copied;
        return copied;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** Returns how many bytes are decoded already. */
    @Override
    public int available() {
        return ready;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** Decodes until something is ready, or all is at its end. */
    private void fill() throws IOException {
        while (ready == 0 && !isAtEnd) {
            if (decoder.isDone()) {
                FrameHeader header = FrameHeader.next(in).orElse(null);
                if (header == null) {
                    isAtEnd = true;
                    if (!hasBegun) {
                        throw Input.cutOff();
                    }
                } else {
                    start(header);
                }
            } else {
                ready = decoder.next();
            }
        }
    }

    private void start(FrameHeader header) throws ZstdException {
        if (header.windowBytes() > maxWindowBytes) {
            throw new ZstdWindowException(header.windowBytes(), maxWindowBytes);
        }
        if (header.dictionaryId() != 0) {
            throw new ZstdException("the zstd frame needs the dictionary %d".formatted(header.dictionaryId()));
        }
        hasBegun = true;
        long content = header.contentBytes() == FrameHeader.UNKNOWN ? Long.MAX_VALUE : header.contentBytes();
        int window = (int) Math.min(header.windowBytes(), content);
        if (history == null || !history.canHold(window)) {
            history = null;
            history = new History(window, History.Beyond.NOTHING);
        }
        history.clear(window);
        decoder.start(header, history, content);
    }
}
