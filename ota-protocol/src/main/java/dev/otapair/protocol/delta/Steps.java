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
    private static final int MIN_COPY = 2048;

    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BUFFER = 64 * 1024;

    private final byte[] old;
    private final byte[] made;
    private final int[] realigned;
    private final Alignment alignment;
    private final Branches branches;
    private final byte[] buffer = new byte[BUFFER];
    private int next;
    private int wordsFrom;
    private int written;

    /**
     * Prepares; the arrays are not copied.
     *
     * @param objects where new objects begin, ascending: there words begin
     */
    Steps(byte[] old, byte[] made, int[] objects, Alignment alignment) {
        this.old = old;
        this.made = made;
        this.realigned = realigned(objects);
        this.alignment = alignment;
        Branches.Builder known = new Branches.Builder();
        for (int i = 0; i < alignment.size(); i++) {
            int oldFrom = alignment.oldFrom(i);
            known.add(oldFrom, alignment.madeFrom(i) - oldFrom, alignment.length(i));
        }
        Branches foretold = known.build();
        this.branches = foretellsMore(foretold) ? foretold : Branches.NONE;
    }

    /** Returns how words are added best: with branches foretold, or without. */
    Arithmetic ofWords() {
        return branches == Branches.NONE ? Arithmetic.WORDS : Arithmetic.BRANCHES;
    }

    /**
     * Writes; the streams are neither flushed nor closed.
     *
     * @param bytes what is to be added byte by byte, or
     * @param words as {@link #ofWords} says: one of them is the diff stream
     */
    void write(OutputStream control, OutputStream bytes, OutputStream words, OutputStream extra) throws IOException {
        int done = 0;
        int position = 0;
        for (int i = 0; i < alignment.size(); i++) {
            int madeFrom = alignment.madeFrom(i);
            int oldFrom = alignment.oldFrom(i);
            if (madeFrom > done || oldFrom != position) {
                insert(done, madeFrom, oldFrom - position, control, extra);
            }
            stretch(oldFrom, madeFrom, alignment.length(i), control, bytes, words);
            done = madeFrom + alignment.length(i);
            position = oldFrom + alignment.length(i);
        }
        if (made.length > done) {
            insert(done, made.length, 0, control, extra);
        }
    }

    private boolean foretellsMore(Branches foretold) {
        long gain = 0;
        next = 0;
        wordsFrom = 0;
        for (int i = 0; i < alignment.size(); i++) {
            int shift = alignment.madeFrom(i) - alignment.oldFrom(i);
            int end = alignment.madeFrom(i) + alignment.length(i);
            int at = alignment.madeFrom(i);
            while (at < end) {
                int until = Math.min(end, nextRealigned(at));
                at += Math.floorMod(wordsFrom - at, Step.WORD);
                for (; at + Step.WORD <= until; at += Step.WORD) {
                    int wanted = (int) WORD.get(made, at);
                    int word = (int) WORD.get(old, at - shift);
                    int changed = foretold.foretell(word, at - shift, at);
                    gain += changed == word ? 0 : (changed == wanted ? 1 : 0) - (word == wanted ? 1 : 0);
                }
                at = until;
            }
        }
        next = 0;
        wordsFrom = 0;
        return gain > 0;
    }

    private void insert(int from, int to, int move, OutputStream control, OutputStream extra) throws IOException {
        Varint.write(control, Step.INSERT.number(to - from));
        Varint.write(control, move >= 0 ? 2L * move : -2L * move - 1);
        extra.write(made, from, to - from);
    }

    /** Cuts a stretch at long runs of equal bytes, and where an object begins that is aligned in another way. */
    private void stretch(
            int oldFrom, int madeFrom, int length, OutputStream control, OutputStream bytes, OutputStream words)
            throws IOException {
        int done = 0;
        while (done < length) {
            int run = run(oldFrom, madeFrom, done, length);
            if (run >= MIN_COPY || run == length - done) {
                Varint.write(control, Step.COPY.number(run));
                done += run;
                continue;
            }
            int until = Math.min(nextRealigned(madeFrom + done) - madeFrom, length);
            int end = Math.min(endOfChanges(oldFrom, madeFrom, done + run, length), until);
            int alignment = wordsFrom % Step.WORD;
            if (alignment != written) {
                Varint.write(control, Step.ALIGN.number(alignment));
                written = alignment;
            }
            Varint.write(control, Step.ADD.number(end - done));
            add(oldFrom + done, madeFrom + done, end - done, bytes, words);
            done = end;
        }
    }

    private int endOfChanges(int oldFrom, int madeFrom, int changed, int length) {
        int end = changed;
        while (end < length) {
            end += differing(oldFrom, madeFrom, end, length);
            int equal = run(oldFrom, madeFrom, end, length);
            if (equal >= MIN_COPY || end + equal == length) {
                break;
            }
            end += equal;
        }
        return end;
    }

    /** Returns those objects that have their words elsewhere than the ones before. */
    private static int[] realigned(int[] objects) {
        int[] found = new int[objects.length];
        int count = 0;
        int before = 0;
        for (int object : objects) {
            if ((object - before) % Step.WORD != 0) {
                found[count++] = object;
                before = object;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** Finds where a new byte's words begin; returns where others begin, or all ends. Asked with ascending positions. */
    private int nextRealigned(int position) {
        while (next < realigned.length && realigned[next] <= position) {
            wordsFrom = realigned[next++];
        }
        return next < realigned.length ? realigned[next] : made.length;
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

    private void add(int oldFrom, int madeFrom, int count, OutputStream bytes, OutputStream words) throws IOException {
        int lead = Math.min(count, Math.floorMod(wordsFrom - madeFrom, Step.WORD));
        subtract(oldFrom, madeFrom, lead, bytes, words);
        for (int done = lead; done < count; done += BUFFER) {
            subtract(oldFrom + done, madeFrom + done, Math.min(count - done, BUFFER), bytes, words);
        }
    }

    /** Words begin at the beginning. */
    private void subtract(int oldFrom, int madeFrom, int count, OutputStream bytes, OutputStream words)
            throws IOException {
        for (int i = 0; i < count; i++) {
            buffer[i] = (byte) (made[madeFrom + i] - old[oldFrom + i]);
        }
        bytes.write(buffer, 0, count);
        for (int i = 0; i + Step.WORD <= count; i += Step.WORD) {
            int word = branches.foretell((int) WORD.get(old, oldFrom + i), oldFrom + i, madeFrom + i);
            WORD.set(buffer, i, (int) WORD.get(made, madeFrom + i) - word);
        }
        words.write(buffer, 0, count);
    }
}
