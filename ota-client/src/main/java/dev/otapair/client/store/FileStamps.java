package dev.otapair.client.store;

import java.util.Arrays;
import java.util.Optional;

/** The stamps of a release's files by their numbers, where they are known; takes 32 bytes for each. Not thread-safe. */
public final class FileStamps {
    private static final int FIELDS = 4;

    private final long[] fields;

    /** @param files how many there are; numbers go from 0 on */
    public FileStamps(int files) {
        fields = new long[FIELDS * files];
    }

    /** Returns how many files there are, known or not. */
    public int size() {
        return fields.length / FIELDS;
    }

    /** Returns a file's stamp; empty if it is not known. */
    public Optional<FileStamp> get(int file) {
        int at = FIELDS * file;
        return fields[at + 3] == 0
                ? Optional.empty()
                : Optional.of(new FileStamp(fields[at], fields[at + 1], fields[at + 2], fields[at + 3]));
    }

    public void put(int file, FileStamp stamp) {
        int at = FIELDS * file;
        fields[at] = stamp.size();
        fields[at + 1] = stamp.modified();
        fields[at + 2] = stamp.changed();
        fields[at + 3] = stamp.inode();
    }

    /** Forgets one. */
    public void remove(int file) {
        Arrays.fill(fields, FIELDS * file, FIELDS * file + FIELDS, 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FileStamps that && Arrays.equals(fields, that.fields);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(fields);
    }

    @Override
    public String toString() {
        return "stamps of %d files".formatted(size());
    }
}
