package dev.otapair.client;

import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Optional;

/** Finds what a release can be made of. Its products are of one run. */
interface Aims {
    /**
     * Returns the way to a release; empty where its package is to be fetched whole.
     *
     * @param verified what its publisher says; a tree is put together only by a manifest that somebody trusted has signed
     */
    Optional<Aim> at(PackageResponse whole, Optional<ReleaseMetadata> verified);

    /** Returns how many bytes may still be written beside the packages. */
    long room();

    /** Says whether a release was put together here, and is in its place. */
    boolean isBuilt(PackageResponse whole);
}
