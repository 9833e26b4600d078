package dev.otapair.server.tree;

import dev.otapair.protocol.archive.EntryAttributes;
import dev.otapair.protocol.archive.EntryPath;
import dev.otapair.protocol.archive.Refusal;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The entries of a tree, in whatever order they come, as a manifest. Refuses what cannot stand beside what came before. Not
 * thread-safe.
 */
final class TreeBuilder {
    /** Less than any line has besides its path. */
    private static final int LINE_BYTES = 10;

    /** Less than any line of a file has besides its path. */
    private static final int FILE_LINE_BYTES = 110;

    private final Map<String, ManifestEntry> entries = new HashMap<>();

    /** Folders that something lies in, and that were not named themselves so far. */
    private final Set<String> unnamed = new HashSet<>();

    private long textBytes;

    /** An entry with what sorts it. */
    private record Line(byte[] key, ManifestEntry entry) implements Comparable<Line> {
        @Override
        public int compareTo(Line other) {
            return Arrays.compareUnsigned(key, other.key);
        }
    }

    /**
     * Adds one. Folders it lies in and that were not named are made.
     *
     * @param made makes it of its path; refuses what a manifest cannot hold by {@link IllegalArgumentException}
     */
    void add(EntryPath path, Function<String, ManifestEntry> made) {
        ManifestEntry entry = valid(path.toString(), made);
        path.parent().ifPresent(parent -> requireFolder(path, parent, entry.modified()));
        boolean isNamedNow = entry instanceof ManifestEntry.Folder && unnamed.remove(entry.path());
        if (!isNamedNow && entries.containsKey(entry.path())) {
            throw Refusal.of(entry.path(), "is there twice");
        }
        put(entry);
    }

    /** Returns a link's target as boards write it, who have it as one of Java's paths: that has no empty names, and no slash at its end. */
    static String spelled(String target) {
        String single = target.replaceAll("/+", "/");
        return single.length() > 1 && single.endsWith("/") ? single.substring(0, single.length() - 1) : single;
    }

    /** Returns a file that was added. */
    Optional<ManifestEntry.File> file(EntryPath path) {
        return entries.get(path.toString()) instanceof ManifestEntry.File file ? Optional.of(file) : Optional.empty();
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Returns all of them. */
    Manifest build() {
        List<ManifestEntry> sorted = entries.values().stream()
                .map(entry -> new Line(entry.path().getBytes(StandardCharsets.UTF_8), entry))
                .sorted()
                .map(Line::entry)
                .toList();
        try {
            return new Manifest(sorted);
        } catch (IllegalArgumentException e) {
            throw Refusal.of("it is no tree that a manifest can describe: " + e.getMessage(), e);
        }
    }

    private void requireFolder(EntryPath path, EntryPath folder, long modified) {
        if (folder.parts().isEmpty()) {
            return;
        }
        ManifestEntry there = entries.get(folder.toString());
        if (there == null) {
            folder.parent().ifPresent(parent -> requireFolder(path, parent, modified));
            unnamed.add(folder.toString());
            put(new ManifestEntry.Folder(folder.toString(), EntryAttributes.OF_UNNAMED_FOLDER.mode(), 0, 0, modified));
        } else if (!(there instanceof ManifestEntry.Folder)) {
            throw Refusal.of(path.toString(), "lies in %s, which is no folder".formatted(Refusal.quoted(there.path())));
        }
    }

    private void put(ManifestEntry entry) {
        textBytes += lineBytes(entry.path(), entry instanceof ManifestEntry.File);
        requireText(entry.path(), textBytes);
        entries.put(entry.path(), entry);
    }

    /** Returns less than what a manifest needs for an entry. */
    static int lineBytes(String path, boolean isFile) {
        return path.length() + (isFile ? FILE_LINE_BYTES : LINE_BYTES);
    }

    /** Refuses early what a manifest has no room for. */
    static void requireText(String path, long bytes) {
        if (bytes > Manifest.MAX_BYTES) {
            throw Refusal.of(
                    path,
                    "is one too many: the list of all would have more than %d bytes".formatted(Manifest.MAX_BYTES));
        }
    }

    private static ManifestEntry valid(String path, Function<String, ManifestEntry> made) {
        try {
            return made.apply(path);
        } catch (IllegalArgumentException e) {
            throw Refusal.of(path, "cannot be part of a release: " + e.getMessage());
        }
    }
}
