package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.PackageName;
import java.nio.file.Path;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The places in the folder of packages that this client has filled, on disk: what is in none of them was put there by somebody else, and
 * is never removed.
 */
public final class Inventory {
    private static final String KIND = "ota-client-inventory/1";

    private final CheckedFile file;

    /** @param folder the state folder; must exist before anything is written */
    public Inventory(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("inventory"), KIND, files);
    }

    /** Returns them. */
    public SortedSet<String> read() {
        return file.read(Inventory::parse, "what lies in path by now is never removed")
                .orElseGet(TreeSet::new);
    }

    /**
     * Remembers for good that a place is about to be filled.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void add(PackageName place) {
        SortedSet<String> all = read();
        if (all.add(place.value())) {
            write(all);
        }
    }

    /**
     * Forgets places that are empty again.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void remove(Collection<String> places) {
        SortedSet<String> all = read();
        if (all.removeAll(places)) {
            write(all);
        }
    }

    private void write(SortedSet<String> places) {
        file.write(places.stream().map(place -> place + "\n").collect(Collectors.joining()));
    }

    private static SortedSet<String> parse(String text) {
        return text.lines()
                .map(PackageName::new)
                .map(PackageName::value)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
