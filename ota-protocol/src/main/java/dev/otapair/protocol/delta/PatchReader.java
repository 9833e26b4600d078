package dev.otapair.protocol.delta;

import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Applies patches: old bytes are read by position, new ones are written in order. Whoever made the patch may lie: besides the windows
 * that its header names, 16 MiB at most, it takes less than 1 MiB, and its time grows with the old bytes it reads and the new ones
 * it makes alone. Immutable; for any thread.
 *
 * @see "PROTOCOL.md, section 9.4: Patches"
 */
public final class PatchReader {
    private final StreamDecoder zstd;

    /** @param zstd decodes the streams that are coded by zstd */
    public PatchReader(StreamDecoder zstd) {
        this.zstd = zstd;
    }

    /**
     * Applies a patch; blocks.
     *
     * @param patch read from {@code offset} on
     * @param offset where the patch begins, 0 or more
     * @param length of the patch in bytes: all of them have to be of use
     * @param old what the patch was made for; of other content comes something else, which is not found out here
     * @param newSize bytes that have to come of it, no more and no less, 0 or more
     * @param made gets them in order, in portions of 64 KiB at most; not closed. After a failure it has some of them
     * @throws OtaException DIGEST_MISMATCH if the patch is damaged, or none for these sizes
     * @throws IOException as {@code patch}, {@code old} and {@code made} do
     */
    public void apply(PatchBytes patch, long offset, long length, OldContent old, long newSize, OutputStream made)
            throws IOException {
        PatchStream whole = new PatchStream(PatchHeader.Stream.raw(length), zstd, patch, offset);
        PatchHeader header = PatchHeader.read(whole, newSize);
        long from = offset + length - whole.left();
        long left = whole.left();
        for (PatchHeader.Stream stream : header.streams()) {
            if (stream.codedLength() > left) {
                throw PatchHeader.refused("a stream of %d bytes, %d are left".formatted(stream.codedLength(), left));
            }
            left -= stream.codedLength();
        }
        if (left > 0) {
            throw PatchHeader.refused("%d bytes follow it".formatted(left));
        }
        long diffFrom = from + header.control().codedLength();
        new Run(
                        new PatchStream(header.control(), zstd, patch, from),
                        new PatchStream(header.diff(), zstd, patch, diffFrom),
                        new PatchStream(
                                header.extra(),
                                zstd,
                                patch,
                                diffFrom + header.diff().codedLength()),
                        new OldBytes(old),
                        made)
                .run(newSize);
    }

    /** One patch being applied. */
    private static final class Run {
        private static final int BUFFER = 64 * 1024;
        private static final VarHandle WORD =
                MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

        private final PatchStream control;
        private final PatchStream diff;
        private final PatchStream extra;
        private final OldBytes old;
        private final OutputStream made;
        private final byte[] buffer = new byte[BUFFER];
        private final byte[] added = new byte[BUFFER];
        private long position;

        Run(PatchStream control, PatchStream diff, PatchStream extra, OldBytes old, OutputStream made) {
            this.control = control;
            this.diff = diff;
            this.extra = extra;
            this.old = old;
            this.made = made;
        }

        void run(long newSize) throws IOException {
            boolean hasOnlyMoved = false;
            for (long left = newSize; left > 0; ) {
                long step = Varint.read(control);
                long count = step >>> Step.BITS;
                Step kind = Step.of(step);
                if (count > left || count == 0 && (kind != Step.INSERT || hasOnlyMoved)) {
                    throw PatchHeader.refused("a step of %d bytes, %d are left".formatted(count, left));
                }
                hasOnlyMoved = count == 0;
                left -= count;
                switch (kind) {
                    case COPY -> copy(count);
                    case ADD_BYTES -> add(count, false);
                    case ADD_WORDS -> add(count, true);
                    case INSERT -> insert(count);
                }
            }
            control.finish();
            diff.finish();
            extra.finish();
        }

        private void copy(long count) throws IOException {
            takeOld(count);
            for (long left = count; left > 0; ) {
                int portion = (int) Math.min(left, BUFFER);
                old.read(position - left, buffer, portion);
                made.write(buffer, 0, portion);
                left -= portion;
            }
        }

        private void add(long count, boolean isByWords) throws IOException {
            takeOld(count);
            for (long left = count; left > 0; ) {
                int portion = (int) Math.min(left, BUFFER);
                read(diff, added, portion);
                old.read(position - left, buffer, portion);
                int i = 0;
                if (isByWords) {
                    for (; i + Integer.BYTES <= portion; i += Integer.BYTES) {
                        WORD.set(buffer, i, (int) WORD.get(buffer, i) + (int) WORD.get(added, i));
                    }
                }
                for (; i < portion; i++) {
                    buffer[i] += added[i];
                }
                made.write(buffer, 0, portion);
                left -= portion;
            }
        }

        private void insert(long count) throws IOException {
            for (long left = count; left > 0; ) {
                int portion = (int) Math.min(left, BUFFER);
                read(extra, buffer, portion);
                made.write(buffer, 0, portion);
                left -= portion;
            }
            long zigzag = Varint.read(control);
            long distance = zigzag >>> 1 ^ -(zigzag & 1);
            if (distance < -position || distance > old.size() - position) {
                throw PatchHeader.refused(
                        "a move by %d from %d of %d old bytes".formatted(distance, position, old.size()));
            }
            position += distance;
        }

        private void takeOld(long count) {
            if (count > old.size() - position) {
                throw PatchHeader.refused("%d bytes from %d of %d old ones".formatted(count, position, old.size()));
            }
            position += count;
        }

        private static void read(InputStream stream, byte[] into, int count) throws IOException {
            if (stream.read(into, 0, count) < 0) {
                throw PatchHeader.refused("a stream ends before its steps");
            }
        }
    }

    /** Old bytes, of which some more are read than asked for where they are read in order. */
    private static final class OldBytes {
        private static final int MIN_BLOCK = 4 * 1024;
        private static final int MAX_BLOCK = 128 * 1024;

        private final OldContent content;
        private final long size;
        private final ByteBuffer block = ByteBuffer.allocate(MAX_BLOCK);
        private long blockFrom;
        private int blockSize;
        private int nextSize = MIN_BLOCK;

        OldBytes(OldContent content) {
            this.content = content;
            this.size = content.size();
        }

        long size() {
            return size;
        }

        void read(long position, byte[] into, int count) throws IOException {
            int done = 0;
            while (done < count) {
                long from = position + done;
                if (from < blockFrom || from >= blockFrom + blockSize) {
                    fill(from);
                }
                int at = (int) (from - blockFrom);
                int portion = Math.min(count - done, blockSize - at);
                block.get(at, into, done, portion);
                done += portion;
            }
        }

        private void fill(long from) throws IOException {
            boolean isNext = from == blockFrom + blockSize;
            nextSize = isNext ? Math.min(nextSize * 2, MAX_BLOCK) : MIN_BLOCK;
            int count = (int) Math.min(nextSize, size - from);
            blockSize = 0;
            content.read(from, block.clear().limit(count));
            block.clear();
            blockFrom = from;
            blockSize = count;
        }
    }
}
