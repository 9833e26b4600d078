package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;

/**
 * One thing in a release: a folder, a file or a symbolic link. Valid once constructed: what is out of bounds is refused by
 * {@link IllegalArgumentException}.
 *
 * @see "PROTOCOL.md, section 9.1: Manifests"
 */
public sealed interface ManifestEntry {
    /** Permission bits, with setuid, setgid and the sticky bit. */
    int MAX_MODE = 07777;

    /** The highest numeric owner or group: 2^32 - 2. */
    long MAX_ID = 4_294_967_294L;

    /** The most seconds before or after 1970; what file systems hold ends long before. */
    long MAX_SECONDS = 99_999_999_999L;

    /** Returns where it is, relative to the release's folder, at most 4095 bytes of UTF-8; {@code /} between names of 1 to 255 bytes. */
    String path();

    /** Returns its numeric owner, 0 to {@link #MAX_ID}. */
    long owner();

    /** Returns its numeric group, 0 to {@link #MAX_ID}. */
    long group();

    /** Returns when it was changed last, in seconds since 1970; negative before, at most {@link #MAX_SECONDS} either way. */
    long modified();

    /**
     * A folder. All that lies in one is listed after it.
     *
     * @param mode 0 to {@link #MAX_MODE}
     */
    record Folder(String path, int mode, long owner, long group, long modified) implements ManifestEntry {
        public Folder {
            EntryRules.requirePath(path);
            EntryRules.requireMode(mode);
            EntryRules.requireOwners(owner, group);
            EntryRules.requireTime(modified);
        }
    }

    /**
     * A file.
     *
     * @param mode 0 to {@link #MAX_MODE}
     * @param content its size and SHA-256; size 0 exactly where that is the digest of nothing
     * @param md5 of the same bytes
     */
    record File(String path, int mode, long owner, long group, long modified, Content content, Digest md5)
            implements ManifestEntry {
        public File {
            EntryRules.requirePath(path);
            EntryRules.requireMode(mode);
            EntryRules.requireOwners(owner, group);
            EntryRules.requireTime(modified);
            EntryRules.requireContent(content, md5);
        }
    }

    /**
     * A symbolic link; it has no mode of its own.
     *
     * @param target what it says, 1 to 4095 bytes; may lead anywhere
     */
    record Link(String path, long owner, long group, long modified, String target) implements ManifestEntry {
        public Link {
            EntryRules.requirePath(path);
            EntryRules.requireOwners(owner, group);
            EntryRules.requireTime(modified);
            EntryRules.requireTarget(target);
        }
    }
}
