package dev.otapair.protocol.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** As whom this process works, and whose something is: the kernel's numbers. Stateless. */
public final class UserId {
    /** Who may do everything. */
    public static final int ROOT = 0;

    private static final Path SELF = Path.of("/proc/self");

    private UserId() {}

    /**
     * Returns as whom this process works.
     *
     * @throws IOException if the kernel does not say, as where nothing is mounted at {@code /proc}
     */
    public static int ofProcess() throws IOException {
        return owner(SELF);
    }

    /**
     * Says whether this process may do everything.
     *
     * @throws IOException as above
     */
    public static boolean isRoot() throws IOException {
        return ofProcess() == ROOT;
    }

    /**
     * Returns whose something is; of a link, whose the link is.
     *
     * @throws IOException if it is not there, or cannot be looked at
     */
    public static int of(Path path) throws IOException {
        return owner(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static int owner(Path path, LinkOption... options) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid", options);
    }
}
