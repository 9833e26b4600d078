package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;

/**
 * One thing in a release: a folder, a file or a symbolic link.
 *
 * @see "PROTOCOL.md, section 9.1: Manifests"
 */
public sealed interface ManifestEntry {
    /** Permission bits, with setuid, setgid and the sticky bit. */
    int MAX_MODE = 07777;

    /** The highest numeric owner or group: 2^32 - 2. */
    long MAX_ID = 4_294_967_294L;

    /** Returns where it is, relative to the release's folder; {@code /} between names, none of them empty, {@code .} or {@code ..}. */
    String path();

    /** Returns its numeric owner, 0 to {@link #MAX_ID}. */
    long owner();

    /** Returns its numeric group, 0 to {@link #MAX_ID}. */
    long group();

    /** Returns when it was changed last, in seconds since 1970; may be negative. */
    long modified();

    /**
     * A folder. All that lies in one is listed after it.
     *
     * @param mode 0 to {@link #MAX_MODE}
     */
    record Folder(String path, int mode, long owner, long group, long modified) implements ManifestEntry {}

    /**
     * A file.
     *
     * @param mode 0 to {@link #MAX_MODE}
     * @param content its size and SHA-256
     * @param md5 of the same bytes
     */
    record File(String path, int mode, long owner, long group, long modified, Content content, Digest md5)
            implements ManifestEntry {}

    /**
     * A symbolic link; it has no mode of its own.
     *
     * @param target what it says, 1 to 4095 bytes; may lead anywhere
     */
    record Link(String path, long owner, long group, long modified, String target) implements ManifestEntry {}
}
