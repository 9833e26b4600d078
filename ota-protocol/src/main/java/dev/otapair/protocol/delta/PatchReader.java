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
 * that its header names, 16 MiB at most, it takes less than 4 MiB, and its time grows with the old bytes it reads and the new ones
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
        Branches branches = Branches.NONE;
        if (header.arithmetic() == Arithmetic.BRANCHES) {
            PatchStream control = new PatchStream(header.control(), zstd, patch, from);
            branches = Branches.of(new StepReader(control, old.size(), newSize));
        }
        new Run(
                        new PatchStream(header.control(), zstd, patch, from),
                        new PatchStream(header.diff(), zstd, patch, diffFrom),
                        new PatchStream(
                                header.extra(),
                                zstd,
                                patch,
                                diffFrom + header.diff().codedLength()),
                        header.arithmetic(),
                        branches,
                        new OldBytes(old),
                        made)
                .run(old.size(), newSize);
    }

    /** One patch being applied. */
    private static final class Run {
        private static final int BUFFER = 64 * 1024;
        private static final VarHandle WORD =
                MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

        private final PatchStream control;
        private final PatchStream diff;
        private final PatchStream extra;
        private final boolean isByWords;
        private final Branches branches;
        private final OldBytes old;
        private final OutputStream made;
        private final byte[] buffer = new byte[BUFFER];
        private final byte[] added = new byte[BUFFER];

        Run(
                PatchStream control,
                PatchStream diff,
                PatchStream extra,
                Arithmetic arithmetic,
                Branches branches,
                OldBytes old,
                OutputStream made) {
            this.control = control;
            this.diff = diff;
            this.extra = extra;
            this.isByWords = arithmetic != Arithmetic.BYTES;
            this.branches = branches;
            this.old = old;
            this.made = made;
        }

        void run(long oldSize, long newSize) throws IOException {
            StepReader steps = new StepReader(control, oldSize, newSize);
            while (steps.next()) {
                switch (steps.kind()) {
                    case COPY -> copy(steps.oldPosition(), steps.count());
                    case ADD -> add(steps);
                    case ALIGN -> {}
                    case INSERT -> insert(steps.count());
                }
            }
            control.finish();
            diff.finish();
            extra.finish();
        }

        private void copy(long position, long count) throws IOException {
            for (long done = 0; done < count; ) {
                int portion = (int) Math.min(count - done, BUFFER);
                old.read(position + done, buffer, portion);
                made.write(buffer, 0, portion);
                done += portion;
            }
        }

        private void add(StepReader steps) throws IOException {
            long count = steps.count();
            int lead = (int) Math.min(count, Math.floorMod(steps.alignment() - steps.newPosition(), Step.WORD));
            add(steps.oldPosition(), steps.newPosition(), lead);
            for (long done = lead; done < count; ) {
                int portion = (int) Math.min(count - done, BUFFER);
                add(steps.oldPosition() + done, steps.newPosition() + done, portion);
                done += portion;
            }
        }

        /** Words begin at the beginning. */
        private void add(long oldPosition, long newPosition, int count) throws IOException {
            read(diff, added, count);
            old.read(oldPosition, buffer, count);
            int i = 0;
            for (; isByWords && i + Step.WORD <= count; i += Step.WORD) {
                int word = branches.foretell((int) WORD.get(buffer, i), oldPosition + i, newPosition + i);
                WORD.set(buffer, i, word + (int) WORD.get(added, i));
            }
            for (; i < count; i++) {
                buffer[i] += added[i];
            }
            made.write(buffer, 0, count);
        }

        private void insert(long count) throws IOException {
            for (long left = count; left > 0; ) {
                int portion = (int) Math.min(left, BUFFER);
                read(extra, buffer, portion);
                made.write(buffer, 0, portion);
                left -= portion;
            }
        }

        private static void read(InputStream stream, byte[] into, int count) throws IOException {
            if (count > 0 && stream.read(into, 0, count) < 0) {
                throw PatchHeader.refused("a stream ends before its steps");
            }
        }
    }

    /** Old bytes, of which some more are read than asked for where they are read in order. */
    private static final class OldBytes {
        private static final int MIN_BLOCK = 4 * 1024;
        private static final int MAX_BLOCK = 128 * 1024;

        private final OldContent content;
        private final ByteBuffer block = ByteBuffer.allocate(MAX_BLOCK);
        private long blockFrom;
        private int blockSize;
        private int nextSize = MIN_BLOCK;

        OldBytes(OldContent content) {
            this.content = content;
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
            int count = (int) Math.min(nextSize, content.size() - from);
            blockSize = 0;
            content.read(from, block.clear().limit(count));
            block.clear();
            blockFrom = from;
            blockSize = count;
        }
    }
}
