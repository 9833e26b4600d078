package dev.otapair.protocol.delta;

import java.util.Arrays;

/**
 * Which old bytes lie beside which new ones, found as bsdiff does (Percival: Naive Differences of Executable Code, 2003): stretches
 * in which most bytes are equal, in the order of the new bytes, without an overlap there. Not thread-safe.
 */
final class Alignment {
    /** A match is taken where it has this many equal bytes more than going on as before. */
    private static final int GAIN = 8;
    /** Bytes equal to those that go on as before, from which on nothing better is looked for. */
    private static final int LONG_ENOUGH = 48;

    private static final int FIELDS = 3;

    private int[] stretches = new int[FIELDS * 1024];
    private int used;

    private final byte[] old;
    private final byte[] made;
    private int lastScan;
    private int lastPosition;

    private Alignment(byte[] old, byte[] made) {
        this.old = old;
        this.made = made;
    }

    /** Aligns; takes 12 bytes of heap per stretch, besides what the finder has. */
    static Alignment of(MatchFinder finder, byte[] old, byte[] made) {
        Alignment alignment = new Alignment(old, made);
        alignment.scan(finder);
        return alignment;
    }

    /** Returns how many stretches there are. */
    int size() {
        return used / FIELDS;
    }

    /** Returns where a stretch begins in the new bytes; ascending. */
    int madeFrom(int stretch) {
        return stretches[stretch * FIELDS];
    }

    /** Returns where the old bytes beside it begin. */
    int oldFrom(int stretch) {
        return stretches[stretch * FIELDS + 1];
    }

    /** Returns how many bytes a stretch has, on both sides; 1 or more. */
    int length(int stretch) {
        return stretches[stretch * FIELDS + 2];
    }

    private void scan(MatchFinder finder) {
        int offset = 0;
        int scan = 0;
        boolean isAtEnd = false;
        while (!isAtEnd) {
            // How many bytes from scan to counted are as they would be if the last stretch went on.
            int score = 0;
            int counted = scan;
            int length = 0;
            while (scan < made.length) {
                int run = run(scan, offset);
                if (run >= LONG_ENOUGH) {
                    scan += run;
                    counted = Math.max(counted, scan);
                    score = 0;
                    for (int i = scan; i < counted; i++) {
                        score += goesOn(i, offset);
                    }
                    continue;
                }
                finder.find(made, scan);
                length = finder.length();
                for (; counted < scan + length; counted++) {
                    score += goesOn(counted, offset);
                }
                if (length == score && length != 0) {
                    scan += length;
                    score = 0;
                    counted = scan;
                    continue;
                }
                if (length > score + GAIN) {
                    break;
                }
                score -= goesOn(scan, offset);
                scan++;
                counted = Math.max(counted, scan);
                score = Math.max(score, 0);
            }
            isAtEnd = scan == made.length;
            offset = close(scan, isAtEnd ? 0 : finder.position());
            scan += isAtEnd ? 0 : length;
        }
    }

    private int goesOn(int scan, int offset) {
        long position = (long) scan + offset;
        return position >= 0 && position < old.length && old[(int) position] == made[scan] ? 1 : 0;
    }

    private int run(int scan, int offset) {
        long position = (long) scan + offset;
        if (position < 0 || position >= old.length || old[(int) position] != made[scan]) {
            return 0;
        }
        int first = Arrays.mismatch(old, (int) position, old.length, made, scan, made.length);
        return first < 0 ? Math.min(old.length - (int) position, made.length - scan) : first;
    }

    /**
     * Ends the last stretch, and begins one at or before a match.
     *
     * @return the new stretch's old position less its new one
     */
    private int close(int scan, int position) {
        int forward = forward(scan);
        int backward = scan < made.length ? backward(scan, position) : 0;
        int overlap = lastScan + forward - (scan - backward);
        if (overlap > 0) {
            int kept = split(forward - overlap, scan - backward, position - backward, overlap);
            forward += kept - overlap;
            backward -= kept;
        }
        add(lastScan, lastPosition, forward);
        lastScan = scan - backward;
        lastPosition = position - backward;
        return position - scan;
    }

    private int forward(int scan) {
        int limit = Math.min(scan - lastScan, old.length - lastPosition);
        int equal = 0;
        int best = 0;
        int length = 0;
        for (int i = 0; i < limit; ) {
            if (old[lastPosition + i] == made[lastScan + i]) {
                equal++;
            }
            i++;
            if (2 * equal - i > best) {
                best = 2 * equal - i;
                length = i;
            }
        }
        return length;
    }

    private int backward(int scan, int position) {
        int limit = Math.min(scan - lastScan, position);
        int equal = 0;
        int best = 0;
        int length = 0;
        for (int i = 1; i <= limit; i++) {
            if (old[position - i] == made[scan - i]) {
                equal++;
            }
            if (2 * equal - i > best) {
                best = 2 * equal - i;
                length = i;
            }
        }
        return length;
    }

    /** Returns how many bytes of an overlap are better with the stretch before. */
    private int split(int forward, int madeFrom, int oldFrom, int overlap) {
        int lead = 0;
        int best = 0;
        int kept = 0;
        for (int i = 0; i < overlap; i++) {
            byte wanted = made[madeFrom + i];
            lead += old[lastPosition + forward + i] == wanted ? 1 : 0;
            lead -= old[oldFrom + i] == wanted ? 1 : 0;
            if (lead > best) {
                best = lead;
                kept = i + 1;
            }
        }
        return kept;
    }

    /** Puts together what goes on: between two stretches, something is inserted or skipped. */
    private void add(int madeFrom, int oldFrom, int length) {
        if (length == 0) {
            return;
        }
        int last = size() - 1;
        if (last >= 0 && madeFrom(last) + length(last) == madeFrom && oldFrom(last) + length(last) == oldFrom) {
            stretches[used - 1] += length;
            return;
        }
        if (used == stretches.length) {
            stretches = Arrays.copyOf(stretches, used * 2);
        }
        stretches[used++] = madeFrom;
        stretches[used++] = oldFrom;
        stretches[used++] = length;
    }
}
