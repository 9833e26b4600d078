package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Takes the entries of a {@link Manifest}, one after the other: refuses what does not fit what came before, and keeps where each line
 * begins and which object each file is. Its time grows with the length of the text and with nothing else. Not thread-safe.
 */
final class ManifestIndex {
    /** The object number of what is no file. */
    static final int NO_OBJECT = -1;

    private static final int FIRST_ENTRIES = 64;

    private int entries;
    private int[] starts = new int[FIRST_ENTRIES];
    private int[] objectOfEntry = new int[FIRST_ENTRIES];
    private int[] entryOfObject = new int[FIRST_ENTRIES];
    private byte[] lastPath = {};

    /**
     * Folders that what comes may lie in. Each begins with the next: {@code a-b} comes between {@code a} and {@code a/c}.
     */
    private final Deque<String> open = new ArrayDeque<>();

    private final Map<Digest, Integer> objects = new HashMap<>();

    /** Returns what the order of entries goes by. */
    static byte[] key(ManifestEntry entry) {
        return entry.path().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Takes one.
     *
     * @param start where its line begins in the text
     * @throws IllegalArgumentException if it cannot be listed here; nothing more is to be added then
     */
    void add(ManifestEntry entry, int start) {
        byte[] path = key(entry);
        require(Arrays.compareUnsigned(lastPath, path) < 0, "a path stands twice, or not in the order of its bytes");
        lastPath = path;
        requireParent(entry.path());
        if (entry instanceof ManifestEntry.Folder) {
            open.push(entry.path());
        }
        if (entries == starts.length) {
            starts = Arrays.copyOf(starts, 2 * entries);
            objectOfEntry = Arrays.copyOf(objectOfEntry, 2 * entries);
        }
        starts[entries] = start;
        objectOfEntry[entries] =
                entry instanceof ManifestEntry.File file ? object(file.content().sha256()) : NO_OBJECT;
        entries++;
    }

    int[] starts() {
        return Arrays.copyOf(starts, entries);
    }

    int[] objectOfEntry() {
        return Arrays.copyOf(objectOfEntry, entries);
    }

    int[] entryOfObject() {
        return Arrays.copyOf(entryOfObject, objects.size());
    }

    private void requireParent(String path) {
        while (!open.isEmpty() && !path.startsWith(open.peek())) {
            open.pop();
        }
        int slash = path.lastIndexOf('/');
        // No two have the same length, so there are no more of them than the path has characters.
        require(
                slash < 0 || open.stream().anyMatch(folder -> folder.length() == slash),
                "a path lies in no folder that stands before it");
    }

    private int object(Digest sha256) {
        int next = objects.size();
        int number = objects.computeIfAbsent(sha256, unknown -> next);
        if (number == next) {
            if (next == entryOfObject.length) {
                entryOfObject = Arrays.copyOf(entryOfObject, 2 * next);
            }
            entryOfObject[next] = entries;
        }
        return number;
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalArgumentException(fault);
        }
    }
}
