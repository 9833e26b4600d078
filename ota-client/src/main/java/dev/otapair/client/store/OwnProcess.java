package dev.otapair.client.store;

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
