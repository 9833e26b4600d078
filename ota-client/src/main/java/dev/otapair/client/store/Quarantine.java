package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The releases that were taken back on this board: none of them is installed again. One that was signed is known by its counter, so
 * that the same content under another one is another release; an unsigned one by its SHA-256; one of a v1 server by name, size
 * and MD5.
 */
public final class Quarantine {
    private static final String KIND = "ota-client-quarantine/1";

    /** The oldest ones are forgotten: by then the fleet has moved on. */
    private static final int MAX_KEPT = 32;

    private final CheckedFile file;

    /** @param folder the state folder; must exist before {@link #add} */
    public Quarantine(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("quarantine"), KIND, "no release counts as bad", files);
    }

    /** Returns them, the last one first. */
    public List<Deployment> read() {
        return file.read(text -> text.lines().map(Deployment::ofLine).toList()).orElse(List.of());
    }

    /**
     * Never again.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void add(Deployment bad) {
        List<Deployment> all = new ArrayList<>(List.of(bad));
        read().stream()
                .filter(other -> !other.isSameAs(bad))
                .limit(MAX_KEPT - 1)
                .forEach(all::add);
        file.write(all.stream().map(each -> each.toLine() + "\n").collect(Collectors.joining()));
    }

    /**
     * Forgets all of them.
     *
     * @return whether there were any
     * @throws OtaException CANNOT_WRITE
     */
    public boolean clear() {
        return file.clear();
    }

    /**
     * Says whether a release was taken back here.
     *
     * @param counter 0 if nobody signed it
     * @param digest SHA-256, or MD5 from a v1 server; empty where v1 has not told it yet
     */
    public boolean holds(long counter, Optional<Digest> digest) {
        return read().stream()
                .anyMatch(bad -> counter > 0
                        ? bad.release().release() == counter
                        : bad.release().release() == 0
                                && digest.filter(bad.digest()::equals).isPresent());
    }
}
