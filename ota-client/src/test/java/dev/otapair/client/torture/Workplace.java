package dev.otapair.client.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where an experiment works that is not about disks. */
final class Workplace {
    private static final Path MEMORY = Path.of("/dev/shm");

    private Workplace() {}

    /** Returns a new folder, in memory where there is such a thing: nobody waits for a disk then. */
    static Path inMemory() throws IOException {
        return Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "torture-")
                : Files.createTempDirectory("torture-");
    }
}
