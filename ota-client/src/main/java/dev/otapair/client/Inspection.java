package dev.otapair.client;

import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.tree.Difference;
import java.util.List;

/**
 * What a look at all of the installed release found.
 *
 * @param installed what was looked at
 * @param isKnown whether there is anything to compare it with
 * @param differences the first ones, by path
 * @param count of all of them; of a package that is one file 0 or 1
 */
public record Inspection(InstalledRelease installed, boolean isKnown, List<Difference> differences, long count) {
    /** Says whether it is as it was installed, as far as can be told. */
    public boolean isIntact() {
        return count == 0;
    }
}
