package dev.otapair.client.torture;

import dev.otapair.protocol.log.LogLevel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A search of crash states that is the same whenever its seed is; called by {@link Mutant} in a class loader with another store. */
public final class CrashHunt {
    private static final int RELEASES = 4;
    private static final int ENOUGH_CAUGHT = 100;

    private CrashHunt() {}

    /**
     * Searches the crash states of some updates.
     *
     * @param bytes of a package, at least
     * @param grain as of {@link CrashSpace}
     * @param enough states; it ends after so many, or when enough of them had a fault
     * @return how many states, how many of them with a fault, the first fault: types that all class loaders share
     */
    public static Object[] hunt(long seed, int bytes, int grain, int enough) throws IOException {
        LogLevel.ERROR.apply();
        Random random = new Random(seed);
        long states = 0;
        long caught = 0;
        String first = "";
        CrashTrace trace;
        try {
            trace = new CrashTrace(DiskImage.empty(), new Contents(bytes), RELEASES, grain, random);
        } catch (RuntimeException e) {
            return new Object[] {1L, 1L, "no update: " + e};
        }
        while (!trace.isAtEnd() && states < enough && caught < ENOUGH_CAUGHT) {
            List<String> faults = new ArrayList<>();
            states += trace.search(faults, random);
            caught += faults.size();
            first = first.isEmpty() && !faults.isEmpty() ? faults.get(0) : first;
        }
        return new Object[] {states, caught, first};
    }
}
