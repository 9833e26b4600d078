package dev.otapair.protocol.delta;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Foretells what has become of the branches of old code: where a branch leads to old bytes of which is known where they are now, it
 * leads there. Immutable.
 *
 * @see "PROTOCOL.md, section 9.4: Patches"
 */
final class Branches {
    /** Foretells nothing. */
    static final Branches NONE = new Branches(List.of());

    /** Stretches at most of which the place is kept, the first ones: 1 MiB. */
    static final int MAX_STRETCHES = 32 * 1024;

    /** Bytes of a stretch at least: a short one may be there by chance. */
    static final int MIN_STRETCH = 64;

    private static final int OPCODE = 0x7c000000;
    private static final int BRANCH = 0x14000000;
    private static final int DISTANCE_BITS = 26;
    private static final int DISTANCE = (1 << DISTANCE_BITS) - 1;

    private final long[] starts;
    private final long[] shifts;

    private Branches(List<Stretch> stretches) {
        starts = stretches.stream().mapToLong(Stretch::oldFrom).toArray();
        shifts = stretches.stream().mapToLong(Stretch::shift).toArray();
    }

    /** Returns what the steps say; reads them to their end. */
    static Branches of(StepReader steps) throws IOException {
        Builder builder = new Builder();
        long oldFrom = 0;
        long length = 0;
        long shift = 0;
        while (steps.next()) {
            if (steps.kind() == Step.INSERT) {
                builder.add(oldFrom, shift, length);
                length = 0;
            } else if (steps.kind() != Step.ALIGN) {
                oldFrom = length == 0 ? steps.oldPosition() : oldFrom;
                shift = steps.newPosition() - steps.oldPosition();
                length += steps.count();
            }
        }
        builder.add(oldFrom, shift, length);
        return builder.build();
    }

    /**
     * Foretells a word.
     *
     * @param word an old one
     * @param oldPosition where it is
     * @param newPosition where what has become of it is
     * @return the new one; {@code word} where that is no branch
     */
    int foretell(int word, long oldPosition, long newPosition) {
        if ((word & OPCODE) != BRANCH || starts.length == 0) {
            return word;
        }
        int unused = Integer.SIZE - DISTANCE_BITS;
        long distance = word << unused >> unused;
        long change = shift(oldPosition + distance * Step.WORD) - (newPosition - oldPosition);
        return word & ~DISTANCE | (int) (distance + (change >> 2)) & DISTANCE;
    }

    /** Of what is between two stretches, that of the one before. */
    private long shift(long oldPosition) {
        int low = 0;
        int high = starts.length;
        while (high - low > 1) {
            int middle = low + high >>> 1;
            if (starts[middle] <= oldPosition) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return shifts[low];
    }

    private record Stretch(long oldFrom, long shift, long length) {}

    /** Collects stretches in the order of the steps. */
    static final class Builder {
        private final List<Stretch> stretches = new ArrayList<>();

        /** Adds one, unless it is short or there are many. */
        void add(long oldFrom, long shift, long length) {
            if (length >= MIN_STRETCH && stretches.size() < MAX_STRETCHES) {
                stretches.add(new Stretch(oldFrom, shift, length));
            }
        }

        /** Leaves out those that lie within another one. */
        Branches build() {
            stretches.sort(Comparator.comparingLong(Stretch::oldFrom));
            List<Stretch> kept = new ArrayList<>();
            long end = -1;
            for (Stretch stretch : stretches) {
                if (stretch.oldFrom() + stretch.length() > end) {
                    end = stretch.oldFrom() + stretch.length();
                    kept.add(stretch);
                }
            }
            return new Branches(kept);
        }
    }
}
