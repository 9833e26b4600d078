package dev.otapair.protocol.delta;

import java.util.Arrays;
import java.util.Optional;

/**
 * What local headers and contents say of the entries of a zip, until its central directory says it again. Of entries with the same name
 * the last one is found first: the directory of a zip within a zip comes before that of the outer one. Finds and forgets the same
 * whenever it is told the same; takes 1 MiB at most. Not thread-safe.
 */
final class ZipEntries {
    /** Of more, the first ones are known. */
    static final int MAX = 32 * 1024;

    private static final int BUCKETS = 8 * 1024;
    private static final int MAX_STEPS = 32;
    private static final int FIRST_CAPACITY = 64;
    private static final int NONE = -1;

    private final int[] buckets = new int[BUCKETS];
    private int[] next = new int[FIRST_CAPACITY];
    private int[] facts = new int[FIRST_CAPACITY * Entry.INTS];
    private int used;
    private int free = NONE;

    /**
     * An entry. Sizes and offset are what a field of 4 bytes holds of them.
     *
     * @param name CRC-32 of the name
     * @param time as MS-DOS has it
     * @param checksum CRC-32 of the content
     * @param compressed bytes of the content as they lie in the zip
     * @param plain bytes of the content
     * @param offset of the local header
     */
    record Entry(int name, int time, int checksum, int compressed, int plain, int offset) {
        private static final int INTS = 6;

        private void put(int[] facts, int at) {
            facts[at] = name;
            facts[at + 1] = time;
            facts[at + 2] = checksum;
            facts[at + 3] = compressed;
            facts[at + 4] = plain;
            facts[at + 5] = offset;
        }

        private static Entry get(int[] facts, int at) {
            return new Entry(facts[at], facts[at + 1], facts[at + 2], facts[at + 3], facts[at + 4], facts[at + 5]);
        }
    }

    ZipEntries() {
        Arrays.fill(buckets, NONE);
    }

    void add(Entry entry) {
        int place = free;
        if (place != NONE) {
            free = next[place];
        } else if (used < MAX) {
            place = used++;
            if (place == next.length) {
                next = Arrays.copyOf(next, 2 * next.length);
                facts = Arrays.copyOf(facts, 2 * facts.length);
            }
        } else {
            return;
        }
        entry.put(facts, place * Entry.INTS);
        int bucket = bucketOf(entry.name());
        next[place] = buckets[bucket];
        buckets[bucket] = place;
    }

    /** Returns the last entry of this name, which is forgotten; empty if there is none, or too many are in its way. */
    Optional<Entry> take(int name) {
        int bucket = bucketOf(name);
        int before = NONE;
        int place = buckets[bucket];
        for (int step = 0; place != NONE && step < MAX_STEPS; step++) {
            if (facts[place * Entry.INTS] == name) {
                unlink(bucket, before, place);
                return Optional.of(Entry.get(facts, place * Entry.INTS));
            }
            before = place;
            place = next[place];
        }
        return Optional.empty();
    }

    private void unlink(int bucket, int before, int place) {
        if (before == NONE) {
            buckets[bucket] = next[place];
        } else {
            next[before] = next[place];
        }
        next[place] = free;
        free = place;
    }

    private static int bucketOf(int name) {
        return name & BUCKETS - 1;
    }
}
