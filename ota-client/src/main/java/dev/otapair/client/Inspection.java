package dev.otapair.client;

import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.tree.Difference;
import java.util.List;
import java.util.Optional;

/**
 * What a look at all of the installed release found.
 *
 * @param installed what was looked at
 * @param isKnown whether there is anything to compare it with
 * @param differences the first ones that are left, by path
 * @param count of all of them; of a package that is one file 0 or 1
 * @param extras how many of them are things that do not belong to the release: no damage
 * @param repaired how many there were before that have been put right
 * @param why the others have not; empty if nothing was in the way, or nobody tried
 */
public record Inspection(
        InstalledRelease installed,
        boolean isKnown,
        List<Difference> differences,
        long count,
        long extras,
        long repaired,
        Optional<String> why) {
    /** What a look found before anything was put right. */
    Inspection(InstalledRelease installed, boolean isKnown, List<Difference> differences, long count, long extras) {
        this(installed, isKnown, differences, count, extras, 0, Optional.empty());
    }

    /** Says whether all that was installed is as it was, as far as can be told. */
    public boolean isIntact() {
        return count == extras;
    }

    /** Returns this, which is what is left of what an earlier look found. */
    Inspection after(Inspection before) {
        long better = Math.max(0, before.count - before.extras - (count - extras));
        return new Inspection(installed, isKnown, differences, count, extras, better, why);
    }

    /** Returns this, with what kept it from being put right. */
    Inspection because(String reason) {
        return new Inspection(installed, isKnown, differences, count, extras, repaired, Optional.of(reason));
    }
}
