package dev.otapair.client;

import dev.otapair.client.config.IncrementSettings;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Optional;

/** What the next release can be made of: the installed one. Immutable. */
final class UpdateAims implements Aims {
    /** Below that a package is fetched as it is: there is little to save, and one answer less to wait for. */
    private static final long MIN_BYTES = 16 * 1024;

    private final BoardStore store;
    private final IncrementSettings settings;
    private final boolean isUnpacking;
    private final Runnable goesOn;

    /** @param goesOn asked now and then during long work; throws to end it */
    UpdateAims(BoardStore store, IncrementSettings settings, boolean isUnpacking, Runnable goesOn) {
        this.store = store;
        this.settings = settings;
        this.isUnpacking = isUnpacking;
        this.goesOn = goesOn;
    }

    /** Empty as well for a board that has nothing to build on: a package is compressed already. */
    @Override
    public Optional<Aim> at(PackageResponse whole, Optional<ReleaseMetadata> verified) {
        if (!settings.isWanted() || whole.size() < MIN_BYTES || whole.digest().algorithm() != Digest.Algorithm.SHA256) {
            return Optional.empty();
        }
        Optional<Deployment> current = store.history().current().filter(store.releases()::isCurrent);
        Optional<Content> manifest = verified.flatMap(ReleaseMetadata::manifest).filter(known -> isUnpacking);
        Aim aim = manifest.isPresent()
                ? new TreeAim(
                        store,
                        settings.revalidate(),
                        treeOf(whole, InstalledRelease.of(verified.orElseThrow())),
                        manifest.get(),
                        current,
                        goesOn)
                : new FileAim(store, whole, current, goesOn);
        return Optional.of(aim).filter(each -> each.base().isPresent());
    }

    @Override
    public long room() {
        return store.packages().room();
    }

    @Override
    public boolean isBuilt(PackageResponse whole) {
        Deployment tree = treeOf(whole, InstalledRelease.seeded(Optional.of(whole.latest())));
        return isUnpacking && store.trees().holds(tree, settings.revalidate(), goesOn);
    }

    private Deployment treeOf(PackageResponse whole, InstalledRelease release) {
        return Deployment.of(whole, release, store.packages().placeOf(whole), true);
    }
}
