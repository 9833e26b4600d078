package dev.otapair.protocol.archive;

import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * What an archive says of an entry besides name and content.
 *
 * @param mode the twelve bits of chmod(2)
 * @param modified empty where the archive does not say
 * @param owner empty where the archive does not say
 * @param extension the name of an extended attribute or access list that the archive has for it; empty where it has none
 */
public record EntryAttributes(
        int mode, Optional<FileTime> modified, Optional<Owner> owner, Optional<String> extension) {
    private static final int MODE_BITS = 07777;
    private static final int SET_ID_BITS = 06000;
    private static final long MAX_ID = 0xFFFF_FFFEL;

    /** Of a folder that an archive does not name but puts something into. */
    public static final EntryAttributes OF_UNNAMED_FOLDER =
            new EntryAttributes(0755, Optional.empty(), Optional.empty(), Optional.empty());

    /** By number, unsigned: the names are those of another machine. */
    public record Owner(int user, int group) {
        static Owner of(String entry, long user, long group) {
            if (user < 0 || user > MAX_ID || group < 0 || group > MAX_ID) {
                throw Refusal.of(entry, "belongs to %d:%d, which are no user and group".formatted(user, group));
            }
            return new Owner((int) user, (int) group);
        }
    }

    public EntryAttributes {
        mode &= MODE_BITS;
    }

    /** Returns the mode for a file that belongs to whoever unpacks it. */
    public int modeWithoutSetId() {
        return mode & ~SET_ID_BITS;
    }
}
