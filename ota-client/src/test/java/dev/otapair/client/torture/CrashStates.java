package dev.otapair.client.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Every state of the disk that a power cut may leave, by the model of {@link CrashSpace}. Each trace of updates begins in a state that
 * a cut of the one before left, so that what is repaired is cut as well. An attempt is a state.
 */
final class CrashStates implements Experiment {
    static final int PACKAGE_BYTES = 12_000;

    private static final int RELEASES = 2;

    private final Contents contents = new Contents(PACKAGE_BYTES);
    private DiskImage start = DiskImage.empty();
    private CrashTrace trace;

    @Override
    public String name() {
        return "crash-states";
    }

    @Override
    public String faults() {
        return "R4";
    }

    @Override
    public long target() {
        return 200_000;
    }

    @Override
    public void attempt(Tally tally) throws IOException {
        Random random = tally.random();
        if (trace == null) {
            trace = new CrashTrace(start, contents, RELEASES, 1, random);
            tally.count("traces");
        }
        List<String> faults = new ArrayList<>();
        int states = trace.search(faults, random);
        faults.forEach(tally::violation);
        tally.count("changes");
        tally.attempted(states);
        if (trace.isAtEnd()) {
            tally.count("traces to their last change");
            start = trace.some();
            trace = null;
        }
    }
}
