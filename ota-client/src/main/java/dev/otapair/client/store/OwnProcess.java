package dev.otapair.client.store;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.UserId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Who runs this, as the kernel's {@code /proc} says. Stateless. */
public final class OwnProcess {
    private static final Path PROCESSES = Path.of("/proc");
    private static final Path SELF = PROCESSES.resolve("self");

    private OwnProcess() {}

    /**
     * Says whether files can be given to others, and other users' programs be started.
     *
     * @throws OtaException IO_ERROR if there is no {@code /proc}
     */
    public static boolean isRoot() {
        try {
            return UserId.isRoot();
        } catch (IOException e) {
            throw FileFault.unreadable(SELF, e);
        }
    }

    /**
     * Returns the number of this process.
     *
     * @throws IOException if there is no {@code /proc}
     */
    static String pid() throws IOException {
        return Files.readSymbolicLink(SELF).toString();
    }

    /** Says whether there is a process of that number. */
    static boolean isAlive(String pid) {
        return Files.exists(PROCESSES.resolve(pid), LinkOption.NOFOLLOW_LINKS);
    }
}
