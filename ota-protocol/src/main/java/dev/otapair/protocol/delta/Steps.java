package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes an alignment as steps, into the three streams of a patch. Not thread-safe. */
final class Steps {
    /** Equal bytes from which on a step of their own is cheaper than zeros in the diff stream, and keeps its window free. */
    private static final int MIN_COPY = 1024;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int WORD_BYTES = Integer.BYTES;
    private static final int BUFFER = 64 * 1024;

    private final byte[] old;
    private final byte[] made;
    private final OutputStream control;
    private final OutputStream diff;
    private final OutputStream extra;
    private final byte[] buffer = new byte[BUFFER];
    private final Novelty novelty = new Novelty();

    /** The streams are written to, not flushed and not closed; the arrays are not copied. */
    Steps(byte[] old, byte[] made, OutputStream control, OutputStream diff, OutputStream extra) {
        this.old = old;
        this.made = made;
        this.control = control;
        this.diff = diff;
        this.extra = extra;
    }

    void write(Alignment alignment) throws IOException {
        int done = 0;
        int position = 0;
        for (int i = 0; i < alignment.size(); i++) {
            int madeFrom = alignment.madeFrom(i);
            int oldFrom = alignment.oldFrom(i);
            if (madeFrom > done || oldFrom != position) {
                insert(done, madeFrom, oldFrom - position);
            }
            stretch(oldFrom, madeFrom, alignment.length(i));
            done = madeFrom + alignment.length(i);
            position = oldFrom + alignment.length(i);
        }
        if (made.length > done) {
            insert(done, made.length, 0);
        }
    }

    private void insert(int from, int to, int move) throws IOException {
        step(Step.INSERT, to - from);
        Varint.write(control, move >= 0 ? 2L * move : -2L * move - 1);
        extra.write(made, from, to - from);
    }

    /** Cuts a stretch at long runs of equal bytes. */
    private void stretch(int oldFrom, int madeFrom, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int run = run(oldFrom, madeFrom, done, length);
            int changed = done + run;
            int end = changed;
            while (end < length) {
                int equal = run(oldFrom, madeFrom, end, length);
                if (equal >= MIN_COPY || equal > 0 && end + equal == length) {
                    break;
                }
                end += equal;
                end += differing(oldFrom, madeFrom, end, length);
            }
            int shift = end > changed ? novelty.phase(oldFrom + changed, madeFrom + changed, end - changed) : -1;
            int before = shift <= 0 ? 0 : WORD_BYTES - shift;
            int lead = shift <= 0 ? 0 : shift;
            if (before > 0 && run > before) {
                run -= before;
                changed -= before;
                lead = 0;
            }
            copy(run);
            add(Step.ADD_BYTES, oldFrom + changed, madeFrom + changed, Math.min(lead, end - changed));
            changed = Math.min(changed + lead, end);
            add(shift < 0 ? Step.ADD_BYTES : Step.ADD_WORDS, oldFrom + changed, madeFrom + changed, end - changed);
            done = end;
        }
    }

    private int run(int oldFrom, int madeFrom, int from, int length) {
        int first = Arrays.mismatch(old, oldFrom + from, oldFrom + length, made, madeFrom + from, madeFrom + length);
        return first < 0 ? length - from : first;
    }

    private int differing(int oldFrom, int madeFrom, int from, int length) {
        int i = from;
        while (i < length && old[oldFrom + i] != made[madeFrom + i]) {
            i++;
        }
        return i - from;
    }

    private void copy(int count) throws IOException {
        if (count > 0) {
            step(Step.COPY, count);
        }
    }

    private void add(Step kind, int oldFrom, int madeFrom, int count) throws IOException {
        if (count == 0) {
            return;
        }
        step(kind, count);
        for (int done = 0; done < count; done += BUFFER) {
            int portion = Math.min(count - done, BUFFER);
            subtract(kind == Step.ADD_WORDS, oldFrom + done, madeFrom + done, portion);
            diff.write(buffer, 0, portion);
        }
    }

    private void subtract(boolean isByWords, int oldFrom, int madeFrom, int count) {
        int i = 0;
        if (isByWords) {
            for (; i + WORD_BYTES <= count; i += WORD_BYTES) {
                WORD.set(buffer, i, (int) WORD.get(made, madeFrom + i) - (int) WORD.get(old, oldFrom + i));
            }
        }
        for (; i < count; i++) {
            buffer[i] = (byte) (made[madeFrom + i] - old[oldFrom + i]);
        }
    }

    private void step(Step kind, long count) throws IOException {
        Varint.write(control, kind.number(count));
    }

    /**
     * Finds out which arithmetic makes fewer differences that were not there before: by bytes, or by words from one of four positions
     * on. Remembers differences by hash, the last of each, as the coder behind it remembers them by and large.
     */
    private final class Novelty {
        private static final int SLOTS_POWER = 14;
        private static final int HASH = 0x9e3779b1;

        private final int[] known = new int[1 << SLOTS_POWER];
        private final long[] tried = new long[1 << SLOTS_POWER];
        private long attempt;

        /** Returns after how many bytes, 0 to 3, words begin; -1 for bytes. */
        int phase(int oldFrom, int madeFrom, int length) {
            int least = Integer.MAX_VALUE;
            int best = 0;
            for (int way = 0; way < 2 * WORD_BYTES; way++) {
                int count = count(oldFrom, madeFrom, length, way);
                if (count < least) {
                    least = count;
                    best = way;
                }
            }
            keep(oldFrom, madeFrom, length, best);
            return best < WORD_BYTES ? -1 : best - WORD_BYTES;
        }

        /** Of the ways, the first four are by bytes: four of them are looked at together. */
        private int difference(int oldFrom, int madeFrom, int way) {
            int one = (int) WORD.get(made, madeFrom);
            int other = (int) WORD.get(old, oldFrom);
            return way < WORD_BYTES
                    ? (one | 0x80808080) - (other & 0x7f7f7f7f) ^ (one ^ ~other) & 0x80808080
                    : one - other;
        }

        private int count(int oldFrom, int madeFrom, int length, int way) {
            attempt++;
            int count = 0;
            for (int i = way % WORD_BYTES; i + WORD_BYTES <= length; i += WORD_BYTES) {
                int difference = difference(oldFrom + i, madeFrom + i, way);
                int slot = slot(difference);
                long mark = attempt << Integer.SIZE | difference & 0xffffffffL;
                if (difference != 0 && known[slot] != difference && tried[slot] != mark) {
                    tried[slot] = mark;
                    count++;
                }
            }
            return count;
        }

        private void keep(int oldFrom, int madeFrom, int length, int way) {
            for (int i = way % WORD_BYTES; i + WORD_BYTES <= length; i += WORD_BYTES) {
                int difference = difference(oldFrom + i, madeFrom + i, way);
                known[slot(difference)] = difference;
            }
        }

        private int slot(int difference) {
            return difference * HASH >>> Integer.SIZE - SLOTS_POWER;
        }
    }
}
