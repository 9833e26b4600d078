package dev.otapair.client;

import dev.otapair.client.config.IncrementSettings;
import dev.otapair.client.store.Deployment;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Optional;

/** Finds what a release can be made of. Immutable; its products are of one run. */
final class Aims {
    /** Below that a package is fetched as it is: there is little to save, and one answer less to wait for. */
    private static final long MIN_BYTES = 16 * 1024;

    private final BoardStore store;
    private final IncrementSettings settings;
    private final boolean isUnpacking;

    Aims(BoardStore store, IncrementSettings settings, boolean isUnpacking) {
        this.store = store;
        this.settings = settings;
        this.isUnpacking = isUnpacking;
    }

    /**
     * Returns the way to a release; empty where its package is to be fetched whole.
     *
     * @param verified what its publisher says; a tree is put together only by a manifest that somebody trusted has signed
     */
    Optional<Aim> at(PackageResponse whole, Optional<ReleaseMetadata> verified) {
        if (!settings.isWanted()
                || whole.size() < MIN_BYTES
                || whole.digest().algorithm() != Digest.Algorithm.SHA256) {
            return Optional.empty();
        }
        Optional<Deployment> current = store.history().current().filter(store.releases()::isCurrent);
        boolean isTree = isUnpacking && verified.flatMap(ReleaseMetadata::manifest).isPresent();
        return Optional.of(
                isTree
                        ? new TreeAim(store, settings, whole, verified.flatMap(ReleaseMetadata::manifest).orElseThrow(), current)
                        : new FileAim(store, whole, current));
    }

    /** Says whether a release was put together here, and is in its place. */
    boolean isBuilt(PackageResponse whole) {
        return isUnpacking && store.isTree(whole);
    }
}
