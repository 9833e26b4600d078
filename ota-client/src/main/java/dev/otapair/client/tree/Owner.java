package dev.otapair.client.tree;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.files.UserId;
import java.io.IOException;
import java.nio.file.Path;

/** Who runs this. Stateless. */
final class Owner {
    private Owner() {}

    /** Says whether files can be given to others. */
    static boolean isRoot() {
        try {
            return UserId.isRoot();
        } catch (IOException e) {
            throw FileFault.unreadable(Path.of("/proc/self"), e);
        }
    }
}
