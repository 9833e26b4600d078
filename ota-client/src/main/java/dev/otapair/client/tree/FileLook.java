package dev.otapair.client.tree;

import dev.otapair.client.store.FileStamp;
import dev.otapair.protocol.release.ManifestEntry;
import java.util.concurrent.TimeUnit;

/**
 * What something in a folder looks like from outside.
 *
 * @param mode the twelve bits of chmod(2)
 * @param owner numeric
 * @param group numeric
 * @param device of its file system
 */
record FileLook(Kind kind, int mode, long owner, long group, long device, FileStamp stamp) {
    /** What only root can give a file. */
    private static final int SET_ID_BITS = 06000;

    enum Kind {
        FILE,
        FOLDER,
        LINK,
        /** A device, a pipe, a socket. */
        OTHER
    }

    /** Returns the mode that something gets when it is made by this user: nobody but root makes what runs as somebody else. */
    static int modeFor(int mode, boolean isRoot) {
        return isRoot ? mode : mode & ~SET_ID_BITS;
    }

    /** Says whether the mode is as it should be, as far as this user could make it so. */
    boolean hasMode(int said, boolean isRoot) {
        return modeFor(mode, isRoot) == modeFor(said, isRoot);
    }

    /** Says whether the owners are as they should be, as far as this user could make them so. */
    boolean hasOwners(ManifestEntry said, boolean isRoot) {
        return !isRoot || owner == said.owner() && group == said.group();
    }

    /** Says whether nothing has to be changed for this to be the file that is meant, if it has the content. */
    boolean isAs(ManifestEntry.File said, boolean isRoot) {
        return kind == Kind.FILE
                && stamp.size() == said.content().size()
                && mode == modeFor(said.mode(), isRoot)
                && hasOwners(said, isRoot)
                && Math.floorDiv(stamp.modified(), TimeUnit.SECONDS.toNanos(1)) == said.modified();
    }

    /** Says whether both are the same thing on the same disk, under one name or two. */
    boolean isSameFile(FileLook other) {
        return kind == other.kind && device == other.device && stamp.isOfSameContent(other.stamp);
    }
}
