package dev.otapair.client.torture;

import dev.otapair.client.torture.DiskChange.Cut;
import dev.otapair.client.torture.DiskChange.FileSynced;
import dev.otapair.client.torture.DiskChange.FolderSynced;
import dev.otapair.client.torture.DiskChange.Node;
import dev.otapair.client.torture.DiskChange.OfFolder;
import dev.otapair.client.torture.DiskChange.Written;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that a disk may hold after a power cut, change after change of what a program did to it. Not thread-safe.
 *
 * <p>The model is weaker than any journaling file system, and than POSIX where that leaves a choice:
 *
 * <ul>
 *   <li>A change of a folder is on the disk for sure after an fsync of that folder, and not by an fsync of the file. Of those
 *       since, any may be there and any may be missing, in every combination: a rename without the making of what it renames.
 *   <li>A write is on the disk for sure after an fsync of that file. Of those since, any may be there: holes read as zeros.
 *   <li>One write may be torn: at any 512 bytes of the file, or at any byte if it is small. The rest is missing, with a file that
 *       is too short; or it reads as zeros, with a size that was kept and bytes that were not.
 *   <li>A rename is there as a whole or not at all. Bytes, once on the disk, stay; so do owners and permissions.
 * </ul>
 *
 * Where there are more than {@value #ALL_SUBSETS} open changes of one kind, not all combinations are tried, but each beginning, and
 * each with one missing. Where several files have open writes, one varies at a time, with all of the others or nothing of them.
 */
final class CrashSpace {
    private static final int ALL_SUBSETS = 5;
    private static final int SECTOR_BYTES = 512;

    private final List<DiskChange> changes;
    private final int grain;
    private final DiskImage durable;
    private final List<DiskChange> openOfFolders = new ArrayList<>();
    private final Map<Node, List<DiskChange>> openOfFiles = new LinkedHashMap<>();
    private int made;

    /**
     * @param start what was on the disk before, for good
     * @param changes what was done to it, in order
     * @param grain small files are torn after each so many bytes: 1 for all there is
     */
    CrashSpace(DiskImage start, List<DiskChange> changes, int grain) {
        this.grain = grain;
        this.durable = start.copy();
        this.changes = List.copyOf(changes);
    }

    /** Returns how many changes have been made. */
    int made() {
        return made;
    }

    /** Returns whether all changes have been made. */
    boolean isAtEnd() {
        return made == changes.size();
    }

    /** Makes the next change. */
    void advance() {
        DiskChange change = changes.get(made++);
        if (change instanceof OfFolder ofFolder) {
            openOfFolders.add(ofFolder);
        } else if (change instanceof Written written) {
            openOf(written.node()).add(written);
        } else if (change instanceof Cut cut) {
            openOf(cut.node()).add(cut);
        } else if (change instanceof FileSynced synced) {
            openOf(synced.node()).forEach(durable::apply);
            openOfFiles.remove(synced.node());
        } else if (change instanceof FolderSynced synced) {
            List<DiskChange> ofThis = openOfFolders.stream()
                    .filter(open -> ((OfFolder) open).folder().equals(synced.path()))
                    .toList();
            ofThis.forEach(durable::apply);
            openOfFolders.removeAll(ofThis);
        }
    }

    /** Returns what may be on the disk if the power is cut now; the same may come more than once. */
    List<DiskImage> states() {
        List<DiskImage> states = new ArrayList<>();
        Set<Map<String, Node>> seen = new HashSet<>();
        for (List<DiskChange> ofFolders : selections(openOfFolders)) {
            DiskImage named = durable.copy();
            ofFolders.forEach(named::apply);
            if (seen.add(named.names())) {
                for (List<DiskChange> ofFiles : choicesOfFiles(named)) {
                    DiskImage state = named.copy();
                    ofFiles.forEach(state::apply);
                    state.drop();
                    states.add(state);
                }
            }
        }
        return states;
    }

    private List<DiskChange> openOf(Node node) {
        return openOfFiles.computeIfAbsent(node, none -> new ArrayList<>());
    }

    /** Only of files that have a name, for the bytes of others are lost in any case. */
    private List<List<DiskChange>> choicesOfFiles(DiskImage named) {
        List<List<DiskChange>> files = openOfFiles.entrySet().stream()
                .filter(entry -> named.hasNameFor(entry.getKey()))
                .map(Map.Entry::getValue)
                .toList();
        List<List<DiskChange>> choices = new ArrayList<>(files.isEmpty() ? List.of(List.of()) : List.of());
        for (List<DiskChange> file : files) {
            List<DiskChange> others = files.stream()
                    .filter(other -> other != file)
                    .flatMap(List::stream)
                    .toList();
            for (List<DiskChange> choice : choices(file)) {
                choices.add(choice);
                if (!others.isEmpty()) {
                    choices.add(joined(choice, others));
                }
            }
        }
        return choices;
    }

    /** Returns what may be there of the open changes of one file. */
    private List<List<DiskChange>> choices(List<DiskChange> open) {
        List<List<DiskChange>> choices = new ArrayList<>(selections(open));
        for (int index = 0; index < open.size(); index++) {
            if (open.get(index) instanceof Written written) {
                List<DiskChange> before = open.subList(0, index);
                List<DiskChange> after = open.subList(index + 1, open.size());
                for (DiskChange torn : torn(written)) {
                    choices.add(joined(before, List.of(torn)));
                    if (!after.isEmpty()) {
                        choices.add(joined(joined(before, List.of(torn)), after));
                    }
                }
            }
        }
        return choices;
    }

    private List<DiskChange> torn(Written whole) {
        List<DiskChange> torn = new ArrayList<>();
        int length = whole.bytes().length;
        boolean isSmall = whole.position() == 0 && length <= SECTOR_BYTES;
        for (int end = 0; end < length; end++) {
            if (isSmall && end % grain == 0 || (whole.position() + end) % SECTOR_BYTES == 0 || end == 0) {
                byte[] start = Arrays.copyOf(whole.bytes(), end);
                torn.add(new Written(whole.node(), whole.position(), start));
                torn.add(new Written(whole.node(), whole.position(), Arrays.copyOf(start, length)));
            }
        }
        return torn;
    }

    private static List<List<DiskChange>> selections(List<DiskChange> open) {
        List<List<DiskChange>> selections = new ArrayList<>();
        if (open.size() <= ALL_SUBSETS) {
            for (int mask = 0; mask < 1 << open.size(); mask++) {
                List<DiskChange> selection = new ArrayList<>();
                for (int index = 0; index < open.size(); index++) {
                    if ((mask >> index & 1) == 1) {
                        selection.add(open.get(index));
                    }
                }
                selections.add(selection);
            }
            return selections;
        }
        for (int index = 0; index <= open.size(); index++) {
            selections.add(open.subList(0, index));
        }
        for (int index = 0; index < open.size(); index++) {
            selections.add(joined(open.subList(0, index), open.subList(index + 1, open.size())));
        }
        return selections;
    }

    private static List<DiskChange> joined(List<DiskChange> first, List<DiskChange> second) {
        List<DiskChange> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }
}
