package dev.otapair.protocol.delta;

import java.util.Arrays;

/**
 * The suffixes of a text in order, by induced sorting (Nong, Zhang, Chan: Two Efficient Algorithms for Linear Time Suffix Array
 * Construction, 2011): time grows with the length alone, whatever the text repeats. Stateless.
 *
 * <p>An entry above 0 while sorting is a suffix whose predecessor is still to be induced in this pass; a negative one is the
 * complement of a suffix that is left to the next pass; 0 is nothing.
 */
final class SuffixArray {
    private static final int BYTES = 256;

    private SuffixArray() {}

    /**
     * Sorts all suffixes, bytes being unsigned and the end of the text below all of them. Takes 4 bytes of heap per byte for the
     * result, and at worst, of texts whose letters go up and down all the time, 2 more while it sorts.
     *
     * @param text whose length is at most that of the longest array of int
     * @return where the suffixes begin, the lowest suffix first
     */
    static int[] of(byte[] text) {
        int[] sorted = new int[text.length];
        sort(new Bytes(text), sorted, text.length, new int[BYTES], 0, BYTES);
        return sorted;
    }

    private interface Text {
        int at(int position);
    }

    private record Bytes(byte[] letters) implements Text {
        @Override
        public int at(int position) {
            return letters[position] & 0xff;
        }
    }

    private record Names(int[] letters, int from) implements Text {
        @Override
        public int at(int position) {
            return letters[from + position];
        }
    }

    /**
     * @param sorted whose first {@code length} places are written, and no others
     * @param buckets room for the buckets from {@code bucket} on
     * @param letters how many there are: all are below
     */
    private static void sort(Text text, int[] sorted, int length, int[] buckets, int bucket, int letters) {
        if (length < 2) {
            Arrays.fill(sorted, 0, length, 0);
            return;
        }
        Induction induction = new Induction(text, sorted, length, buckets, bucket, letters);
        int count = induction.sortPieces();
        if (count > 1) {
            int names = namePieces(text, sorted, length, count);
            if (names < count) {
                int free = length - 2 * count;
                boolean fits = free >= names;
                sort(
                        new Names(sorted, length - count),
                        sorted,
                        count,
                        fits ? sorted : new int[names],
                        fits ? count : 0,
                        names);
            } else {
                for (int i = 0; i < count; i++) {
                    sorted[sorted[length - count + i]] = i;
                }
            }
            piecesToSuffixes(text, sorted, length, count);
        }
        induction.sortSuffixes(count);
    }

    /**
     * Puts the names of the pieces, in the order of the text, to the end: equal pieces have equal names, and higher ones higher.
     *
     * @return how many names there are
     */
    private static int namePieces(Text text, int[] sorted, int length, int count) {
        Arrays.fill(sorted, count, length, 0);
        markLengths(text, sorted, length, count);
        int names = 0;
        int before = 0;
        int beforeLength = 0;
        for (int i = 0; i < count; i++) {
            int piece = sorted[i];
            int place = count + (piece >>> 1);
            int pieceLength = sorted[place];
            if (pieceLength != beforeLength || !isSame(text, length, before, piece, pieceLength)) {
                names++;
                before = piece;
                beforeLength = pieceLength;
            }
            sorted[place] = names;
        }
        int to = length;
        for (int i = count + (length >>> 1); i >= count; i--) {
            if (i < length && sorted[i] != 0) {
                sorted[--to] = sorted[i] - 1;
            }
        }
        return names;
    }

    /** Pieces begin two letters apart at least, so half a position is a place. */
    private static void markLengths(Text text, int[] sorted, int length, int count) {
        int next = length;
        int above = text.at(length - 1);
        boolean isRising = false;
        for (int i = length - 2; i >= 0; i--) {
            int letter = text.at(i);
            if (letter < above) {
                isRising = true;
            } else if (letter > above && isRising) {
                isRising = false;
                sorted[count + (i + 1 >>> 1)] = next - i;
                next = i + 1;
            }
            above = letter;
        }
    }

    private static boolean isSame(Text text, int length, int one, int other, int pieceLength) {
        // The last piece ends with the end of the text, which is like no letter.
        if (Math.max(one, other) + pieceLength > length) {
            return false;
        }
        for (int i = 0; i < pieceLength; i++) {
            if (text.at(one + i) != text.at(other + i)) {
                return false;
            }
        }
        return true;
    }

    /** Replaces the numbers of sorted pieces by where they begin. */
    private static void piecesToSuffixes(Text text, int[] sorted, int length, int count) {
        int to = length;
        int above = text.at(length - 1);
        boolean isRising = false;
        for (int i = length - 2; i >= 0; i--) {
            int letter = text.at(i);
            if (letter < above) {
                isRising = true;
            } else if (letter > above && isRising) {
                isRising = false;
                sorted[--to] = i + 1;
            }
            above = letter;
        }
        for (int i = 0; i < count; i++) {
            sorted[i] = sorted[length - count + sorted[i]];
        }
    }

    /**
     * Induced sorting of one text.
     *
     * @param sorted whose first {@code length} places it works in
     * @param buckets for each letter, from {@code bucket} on, where its next suffix goes
     */
    private record Induction(Text text, int[] sorted, int length, int[] buckets, int bucket, int letters) {
        /**
         * Sorts the pieces of the text, each from one leftmost rising letter to the next.
         *
         * @return how many there are: as many places from the beginning hold them, sorted
         */
        int sortPieces() {
            Arrays.fill(sorted, 0, length, 0);
            toEnds();
            placeLeftmostRising();
            toStarts();
            induceFallingOfPieces();
            toEnds();
            induceRisingOfPieces();
            int count = 0;
            for (int i = 0; i < length; i++) {
                if (sorted[i] < 0) {
                    sorted[count++] = ~sorted[i];
                }
            }
            return count;
        }

        /** Sorts all suffixes, given those that begin with leftmost rising letters, sorted, at the beginning. */
        void sortSuffixes(int count) {
            toEnds();
            Arrays.fill(sorted, count, length, 0);
            for (int i = count - 1; i >= 0; i--) {
                int suffix = sorted[i];
                sorted[i] = 0;
                sorted[--buckets[bucket + text.at(suffix)]] = suffix;
            }
            toStarts();
            induceFalling();
            toEnds();
            induceRising();
        }

        private void placeLeftmostRising() {
            int above = text.at(length - 1);
            boolean isRising = false;
            for (int i = length - 2; i >= 0; i--) {
                int letter = text.at(i);
                if (letter < above) {
                    isRising = true;
                } else if (letter > above && isRising) {
                    isRising = false;
                    sorted[--buckets[bucket + above]] = i + 1;
                }
                above = letter;
            }
        }

        private void induceFallingOfPieces() {
            putFalling(length - 1);
            for (int i = 0; i < length; i++) {
                int suffix = sorted[i];
                if (suffix > 0) {
                    sorted[i] = 0;
                    putFalling(suffix - 1);
                } else if (suffix < 0) {
                    sorted[i] = ~suffix;
                }
            }
        }

        private void induceRisingOfPieces() {
            for (int i = length - 1; i >= 0; i--) {
                int suffix = sorted[i];
                if (suffix > 0) {
                    sorted[i] = 0;
                    int before = suffix - 1;
                    int letter = text.at(before);
                    int place = --buckets[bucket + letter];
                    if (before > 0) {
                        sorted[place] = text.at(before - 1) > letter ? ~before : before;
                    }
                }
            }
        }

        private void induceFalling() {
            putFalling(length - 1);
            for (int i = 0; i < length; i++) {
                int suffix = sorted[i];
                sorted[i] = ~suffix;
                if (suffix > 0) {
                    putFalling(suffix - 1);
                }
            }
        }

        private void induceRising() {
            for (int i = length - 1; i >= 0; i--) {
                int suffix = sorted[i];
                if (suffix > 0) {
                    int before = suffix - 1;
                    int letter = text.at(before);
                    sorted[--buckets[bucket + letter]] = before == 0 || text.at(before - 1) > letter ? ~before : before;
                } else {
                    sorted[i] = ~suffix;
                }
            }
        }

        private void putFalling(int suffix) {
            int letter = text.at(suffix);
            sorted[buckets[bucket + letter]++] = suffix > 0 && text.at(suffix - 1) < letter ? ~suffix : suffix;
        }

        private void toStarts() {
            count();
            int sum = 0;
            for (int i = bucket; i < bucket + letters; i++) {
                int size = buckets[i];
                buckets[i] = sum;
                sum += size;
            }
        }

        private void toEnds() {
            count();
            int sum = 0;
            for (int i = bucket; i < bucket + letters; i++) {
                sum += buckets[i];
                buckets[i] = sum;
            }
        }

        private void count() {
            Arrays.fill(buckets, bucket, bucket + letters, 0);
            for (int i = 0; i < length; i++) {
                buckets[bucket + text.at(i)]++;
            }
        }
    }
}
