package dev.otapair.client.tree;

import dev.otapair.protocol.error.FileFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who runs this. Stateless. */
final class Owner {
    private static final Path SELF = Path.of("/proc/self");

    private Owner() {}

    /** Says whether files can be given to others. */
    static boolean isRoot() {
        try {
            return Files.getAttribute(SELF, "unix:uid").equals(0);
        } catch (IOException e) {
            throw FileFault.unreadable(SELF, e);
        }
    }
}
