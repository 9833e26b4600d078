package dev.otapair.client.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Some updates of a board on a disk in memory, and the search through all that a power cut may leave of them: in each state the
 * store finds what was acknowledged or what was begun, and an update brings the board to the newest release. Not thread-safe.
 */
final class CrashTrace {
    /** What was promised when so many changes had been made. */
    private record Promise(int since, Kept acknowledged, Kept begun) {
        boolean saysTheSameAs(Promise other) {
            return acknowledged.equals(other.acknowledged) && begun.equals(other.begun);
        }
    }

    private final Contents contents;
    private final int target;
    private final List<Promise> promises = new ArrayList<>();
    private final CrashSpace space;
    private final Set<Long> seen = new HashSet<>();
    private Promise lastPromise;
    private DiskImage last;

    /**
     * Makes the updates.
     *
     * @param start what is on the disk; stays as it is
     * @param releases how many
     * @param grain as of {@link CrashSpace}
     * @param random says in which pieces packages arrive, and where they are cut
     */
    CrashTrace(DiskImage start, Contents contents, int releases, int grain, Random random) throws IOException {
        this.contents = contents;
        MemoryDisk disk = new MemoryDisk(start.copy());
        StoredUpdates updates = on(disk);
        this.last = start;
        Kept first = updates.look();
        promises.add(new Promise(0, first, first));
        this.lastPromise = promises.get(0);
        StoredUpdates.Ledger ledger = new StoredUpdates.Ledger() {
            private Kept now = first;

            @Override
            public void begins(Kept next) {
                promises.add(new Promise(disk.changes().size() + 1, now, next));
            }

            @Override
            public void holds(Kept next) {
                now = next;
                promises.add(new Promise(disk.changes().size(), next, next));
            }
        };
        int installed = updates.installed();
        for (int number = installed + 1; number <= installed + releases; number++) {
            updates.updateInTrouble(number, random, ledger);
        }
        this.target = installed + releases;
        this.space = new CrashSpace(start, disk.changes(), grain);
    }

    /** Returns whether all states have been seen. */
    boolean isAtEnd() {
        return space.isAtEnd();
    }

    /** Returns some state that has been seen. */
    DiskImage some() {
        return last;
    }

    /** Returns how many changes there were so far. */
    int made() {
        return space.made();
    }

    /**
     * Makes the next change, and sees what the store makes of each state that is new by it.
     *
     * @param faults takes what is wrong, in words; of a state all at once
     * @param random chooses what {@link #some} returns
     * @return how many states these were
     */
    int search(List<String> faults, Random random) {
        space.advance();
        Promise promise = promises.stream()
                .filter(each -> each.since() <= space.made())
                .reduce((before, after) -> after)
                .orElseThrow();
        if (!promise.saysTheSameAs(lastPromise)) {
            seen.clear();
            lastPromise = promise;
        }
        int searched = 0;
        for (DiskImage state : space.states()) {
            if (seen.add(state.fingerprint())) {
                searched++;
                if (random.nextInt(searched) == 0) {
                    last = state;
                }
                List<String> wrong = faultsOf(state, promise);
                if (!wrong.isEmpty()) {
                    faults.add("%s; after change %d, with %s".formatted(String.join("; ", wrong), space.made(), state));
                }
            }
        }
        return searched;
    }

    /** The state is not changed: the store works on a copy. */
    private List<String> faultsOf(DiskImage state, Promise promise) {
        try {
            StoredUpdates updates = on(new MemoryDisk(state.copy()));
            List<String> faults = new ArrayList<>(promise.acknowledged().faults(promise.begun(), updates.look()));
            int number = Math.min(updates.installed() + 1, target);
            updates.update(number, StoredUpdates.Ledger.NONE);
            faults.addAll(updates.faultsAfter(number));
            return faults;
        } catch (IOException | RuntimeException e) {
            return List.of("no recovery: " + e);
        }
    }

    private StoredUpdates on(MemoryDisk disk) {
        return new StoredUpdates(disk.path("/board"), contents);
    }
}
