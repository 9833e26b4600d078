package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.PackageResponse;
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
        this.file = new CheckedFile(folder.resolve("quarantine"), KIND, files);
    }

    /** Returns them, the last one first. */
    public List<Deployment> read() {
        return file.read(text -> Lines.of(text, Deployment::ofLine), "no release counts as bad")
                .orElse(List.of());
    }

    /**
     * Never again.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void add(Deployment bad) {
        List<Deployment> all = new ArrayList<>(List.of(bad));
        read().stream()
                .filter(other -> !isSame(other, bad.release().release(), bad.whole()))
                .limit(MAX_KEPT - 1)
                .forEach(all::add);
        file.write(all.stream().map(each -> each.toLine() + "\n").collect(Collectors.joining()));
    }

    /**
     * Forgets all of them, by who does not hold the run lock.
     *
     * @return whether there were any
     * @throws OtaException CANNOT_WRITE
     */
    public boolean clearUnlocked() {
        return file.clearUnlocked();
    }

    /**
     * Says whether a release was taken back here.
     *
     * @param counter 0 if nobody signed it
     * @param whole its package; empty where v1 has not told more than the name yet
     */
    public boolean holds(long counter, Optional<PackageResponse> whole) {
        for (Deployment bad : read()) {
            boolean isIt = counter > 0
                    ? bad.release().release() == counter
                    : whole.filter(asked -> isSame(bad, 0, asked)).isPresent();
            if (isIt) {
                return true;
            }
        }
        return false;
    }

    /** What has no counter is known by its content; MD5 says less of that, so that the name and the size count too. */
    private static boolean isSame(Deployment bad, long counter, PackageResponse whole) {
        if (bad.release().release() > 0 || counter > 0) {
            return bad.release().release() == counter;
        }
        boolean isOfVersionOne = bad.digest().algorithm() == Digest.Algorithm.MD5;
        return bad.digest().equals(whole.digest())
                && (!isOfVersionOne || bad.size() == whole.size() && bad.name().equals(whole.latest()));
    }
}
