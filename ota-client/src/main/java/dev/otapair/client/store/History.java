package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The releases that were good on this board and are still here, the newest first: what {@code current} and {@code previous} point
 * to, and what may be removed one day. What is not in it was put there by somebody else, and stays.
 */
public final class History {
    private static final String KIND = "ota-client-history/1";

    private final CheckedFile file;

    /** @param folder the state folder; must exist before {@link #add} */
    public History(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("history"), KIND, files);
    }

    /** Returns them, the newest first. */
    public List<Deployment> read() {
        return file.read(text -> Lines.of(text, Deployment::ofLine), "there is nothing to go back to")
                .orElse(List.of());
    }

    /** Returns what is installed, as it lies here; empty if it is not known. */
    public Optional<Deployment> current() {
        List<Deployment> all = read();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(0));
    }

    /** Returns what was installed before that. */
    public Optional<Deployment> previous() {
        List<Deployment> all = read();
        return all.size() < 2 ? Optional.empty() : Optional.of(all.get(1));
    }

    /**
     * Puts a release before all others; what is in the same place stands there no more.
     *
     * @param kept how many stay, at least 2
     * @throws OtaException CANNOT_WRITE
     */
    public void add(Deployment newest, int kept) {
        List<Deployment> all = new ArrayList<>(List.of(newest));
        read().stream().filter(older -> !older.target().equals(newest.target())).forEach(all::add);
        write(all.subList(0, Math.min(kept, all.size())));
    }

    /**
     * Lets the newest one be known under another counter.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void rename(InstalledRelease newest) {
        List<Deployment> all = new ArrayList<>(read());
        if (!all.isEmpty() && all.get(0).release().name().equals(newest.name())) {
            all.set(0, all.get(0).as(newest));
            write(all);
        }
    }

    /**
     * Takes the newest one away: the board has gone back to the one before it.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void removeNewest() {
        write(read().stream().skip(1).toList());
    }

    private void write(List<Deployment> deployments) {
        file.write(deployments.stream()
                .map(deployment -> deployment.toLine() + "\n")
                .collect(Collectors.joining()));
    }
}
