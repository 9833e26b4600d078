package dev.otapair.server.delta;

import dev.otapair.protocol.message.Digest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;

/** Plans in memory, with their pieces' places: what boards ask for again is not read again. Blocks on the disk; thread-safe. */
final class LoadedPlans {
    private static final int MAX_PLANS = 64;

    /** Of all plans. */
    private static final int MAX_PIECES = 20_000;

    private static final Duration TOUCH_INTERVAL = Duration.ofMinutes(1);

    /** What a disk damages looks as it did: for so long, at most, are boards sent it in vain. */
    private static final Duration BELIEVED = Duration.ofHours(1);

    private final Clock clock;

    /** By their names, the one that was asked for longest ago first. */
    private final LinkedHashMap<Digest, Loaded> loaded = new LinkedHashMap<>(16, 0.75f, true);

    LoadedPlans(Clock clock) {
        this.clock = clock;
    }

    /**
     * A plan in memory.
     *
     * @param read when its bytes were seen to be the ones they should be
     * @param touched when it was last marked as used
     */
    private record Loaded(ServedPlan plan, Instant read, Instant touched) {
        Loaded touchedAt(Instant now) {
            return new Loaded(plan, read, now);
        }
    }

    /** Returns a plan whose files were looked at not long ago. */
    synchronized Optional<ServedPlan> known(Digest id) {
        return Optional.ofNullable(loaded.get(id))
                .filter(each -> isWithin(BELIEVED, each.read()))
                .map(Loaded::plan);
    }

    /** Holds a plan, whose files were looked at just now; others go to make room. */
    synchronized void remember(ServedPlan plan) {
        Instant now = clock.instant();
        loaded.put(plan.id(), new Loaded(plan, now, now));
        int pieces = loaded.values().stream()
                .mapToInt(each -> each.plan().pieces().size())
                .sum();
        var oldest = loaded.values().iterator();
        while (loaded.size() > 1 && (loaded.size() > MAX_PLANS || pieces > MAX_PIECES)) {
            pieces -= oldest.next().plan().pieces().size();
            oldest.remove();
        }
    }

    /**
     * Marks a plan as used, now and then, and says whether it is still there; one that is not is held no more.
     *
     * @param cache where it is on disk
     */
    synchronized boolean isKept(Digest id, PatchCache cache) {
        Instant now = clock.instant();
        Loaded known = loaded.get(id);
        if (known != null && isWithin(TOUCH_INTERVAL, known.touched())) {
            return true;
        }
        boolean isHere = cache.touch(id, now);
        if (known != null && isHere) {
            loaded.put(id, known.touchedAt(now));
        } else {
            loaded.remove(id);
        }
        return isHere;
    }

    /** The next one who asks has its files looked at anew, unless that was done since. */
    synchronized void forget(ServedPlan plan) {
        loaded.computeIfPresent(plan.id(), (id, now) -> now.plan() == plan ? null : now);
    }

    /** Begins anew. */
    synchronized void clear() {
        loaded.clear();
    }

    /** A clock may also have been set back. */
    private boolean isWithin(Duration most, Instant since) {
        return Duration.between(since, clock.instant()).abs().compareTo(most) < 0;
    }
}
