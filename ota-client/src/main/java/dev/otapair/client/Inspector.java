package dev.otapair.client;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.tree.CheckedTree;
import dev.otapair.client.tree.Difference;
import dev.otapair.client.tree.TreeVerifier;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * Reads all of what is installed. Changes nothing but what is noted of files that look as they did. One run; not thread-safe.
 *
 * @param goesOn asked now and then; throws to end the work
 */
record Inspector(BoardStore store, Runnable goesOn) {
    /**
     * What is installed, as it was found.
     *
     * @param deployment empty where nobody knows what it should be
     * @param tree empty where it is a package, or nobody knows what is in it
     */
    record Finding(Optional<Deployment> deployment, Optional<CheckedTree> tree, Inspection inspection) {}

    /** @throws dev.otapair.protocol.error.OtaException IO_ERROR if it cannot be read */
    Finding inspect(InstalledRelease installed) {
        Optional<Deployment> current = store.history().current().filter(store.releases()::isCurrent);
        Optional<CheckedTree> tree = current.flatMap(store.trees()::of)
                .map(new TreeVerifier(Revalidate.ALWAYS, store.trees().seen(), Clock.systemUTC(), goesOn)::verify);
        Inspection inspection = tree.map(checked -> new Inspection(
                        installed, true, checked.differences(), checked.differenceCount(), checked.extraCount()))
                .orElseGet(() -> ofPackage(installed, current.filter(each -> !each.isUnpacked())));
        return new Finding(current, tree, inspection);
    }

    private Inspection ofPackage(InstalledRelease installed, Optional<Deployment> whole) {
        List<Difference> differences = whole
                .filter(each -> !store.isIntact(each, goesOn))
                .map(each -> new Difference(each.place().value(), Difference.Kind.CONTENT))
                .stream()
                .toList();
        return new Inspection(installed, whole.isPresent(), differences, differences.size(), 0);
    }
}
