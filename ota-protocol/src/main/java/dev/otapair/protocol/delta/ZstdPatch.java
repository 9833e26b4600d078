package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.InputStream;

/**
 * Makes a new content of an old one and a zstd frame whose dictionary is the old one as it is, such as {@code zstd
 * --patch-from} writes. Takes about 2 MiB whatever the sizes and the window are: what is further back is read again where it lies.
 *
 * @see "RFC 8878"
 */
public final class ZstdPatch {
    /** What is held of the new content; at least two blocks, so that what is not held was written. */
    private static final int HELD_BYTES = 1024 * 1024;

    private ZstdPatch() {}

    /**
     * Makes the new content. What was appended before a failure stays.
     *
     * @param patch one frame and nothing else, buffered; read to its end, the caller closes it
     * @param old does not change meanwhile
     * @param made empty; appended to in pieces of up to 128 KiB, on the calling thread
     * @param newSize how many bytes have to come out; never more are appended
     * @throws ZstdException if the frame is damaged, cut off, for another old content, or makes another number of bytes
     * @throws IOException if the patch or a content cannot be read, or the new one not be written
     */
    public static void apply(InputStream patch, OldContent old, NewContent made, long newSize) throws IOException {
        FrameHeader header = FrameHeader.next(patch).orElseThrow(Input::cutOff);
        if (header.dictionaryId() != 0) {
            throw new ZstdException("the patch needs the dictionary %d".formatted(header.dictionaryId()));
        }
        if (header.contentBytes() != FrameHeader.UNKNOWN && header.contentBytes() != newSize) {
            throw new ZstdException(
                    "the patch makes %d bytes, expected are %d".formatted(header.contentBytes(), newSize));
        }
        int held = (int) Math.min(HELD_BYTES, newSize);
        Contents contents = new Contents(old, made);
        History history = new History(held, contents);
        FrameDecoder decoder = new FrameDecoder(patch);
        decoder.start(header, history, newSize);
        while (!decoder.isDone()) {
            history.writeTo(made, decoder.next());
            contents.written = history.total();
        }
        if (history.total() != newSize) {
            throw new ZstdException("the patch makes %d bytes, expected are %d".formatted(history.total(), newSize));
        }
        if (patch.read() >= 0) {
            throw new ZstdException("something follows the zstd frame of the patch");
        }
    }

    /** The old content, and behind it the new one. */
    private static final class Contents implements History.Beyond {
        private final OldContent old;
        private final PageCache oldPages;
        private final PageCache newPages;
        private long written;

        Contents(OldContent old, NewContent made) {
            this.old = old;
            this.oldPages = new PageCache(old::read);
            this.newPages = new PageCache(made::read);
        }

        @Override
        public long size() {
            return old.size();
        }

        @Override
        public int read(long position, byte[] into, int at, int count) throws IOException {
            if (position >= 0) {
                newPages.read(position, into, at, count, written);
                return count;
            }
            int inOld = (int) Math.min(count, -position);
            oldPages.read(old.size() + position, into, at, inOld, old.size());
            return inOld;
        }
    }
}
