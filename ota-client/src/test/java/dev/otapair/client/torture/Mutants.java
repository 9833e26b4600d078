package dev.otapair.client.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Proves that {@link CrashStates} can fail: each {@link Mutant} of the store is caught by it, and the store as it is is not. An attempt
 * is one of them, a violation is one that was not caught.
 */
final class Mutants implements Experiment {
    private static final int ENOUGH = 20_000;

    private final List<Mutant> all = new ArrayList<>(Mutant.all());

    Mutants() {
        all.add(Mutant.NONE);
    }

    @Override
    public String name() {
        return "mutants";
    }

    @Override
    public String faults() {
        return "R4";
    }

    @Override
    public long target() {
        return all.size();
    }

    @Override
    public String obstacle() {
        return Mutant.obstacle();
    }

    @Override
    public void attempt(Tally tally) throws IOException, ReflectiveOperationException {
        Mutant mutant = all.get((int) tally.attempt());
        Path folder = Files.createTempDirectory("mutant");
        try {
            Mutant.Catch found = mutant.hunt(folder, tally.random().nextLong(), CrashStates.PACKAGE_BYTES, 1, ENOUGH);
            tally.count(mutant.name() + ": states", found.states());
            tally.count(mutant.name() + ": caught in", found.caught());
            boolean mustBeCaught = !mutant.equals(Mutant.NONE);
            tally.require(
                    found.caught() > 0 == mustBeCaught,
                    "%s: caught in %d of %d states, %s"
                            .formatted(mutant.name(), found.caught(), found.states(), found.first()));
        } finally {
            Scene.remove(folder);
        }
        tally.attempted(1);
    }
}
