package dev.otapair.server.release;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.server.tree.TreeSize;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One release in a list. Ordered by counter, the highest first; what cannot be read comes last.
 *
 * @param release as it reads; empty if it cannot be read
 * @param tree how large its tree is; empty for a release that is one file, or whose manifest cannot be read
 * @param signers of the trusted keys
 * @param isPinned whether it is kept, however many newer ones there are
 */
public record ReleaseEntry(
        PackageName name,
        State state,
        Optional<SignedRelease> release,
        Optional<TreeSize> tree,
        SortedSet<KeyId> signers,
        boolean isPinned,
        Path metadataFile)
        implements Comparable<ReleaseEntry> {
    /** Where a release stands. */
    public enum State {
        /** Waits for a signature. */
        STAGED,
        /** Boards of its product get it. */
        OFFERED,
        /** Was offered last, and is not any more. */
        WITHDRAWN,
        /** Is here, and not offered. */
        PUBLISHED,
        /** Its package or its manifest is missing: publishing was interrupted, or somebody removed it. */
        INCOMPLETE,
        /** Its metadata cannot be read. */
        DAMAGED
    }

    public ReleaseEntry {
        signers = Collections.unmodifiableSortedSet(new TreeSet<>(signers));
    }

    static ReleaseEntry damaged(PackageName name, Path metadataFile) {
        return new ReleaseEntry(
                name, State.DAMAGED, Optional.empty(), Optional.empty(), new TreeSet<>(), false, metadataFile);
    }

    @Override
    public int compareTo(ReleaseEntry other) {
        int byCounter = Long.compare(other.counter(), counter());
        return byCounter != 0 ? byCounter : metadataFile.compareTo(other.metadataFile);
    }

    private long counter() {
        return release.map(known -> known.metadata().release()).orElse(0L);
    }
}
