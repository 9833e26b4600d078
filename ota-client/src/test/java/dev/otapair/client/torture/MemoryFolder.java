package dev.otapair.client.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders in memory where there are such: what does not depend on a real disk need not wait for one. */
final class MemoryFolder {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private MemoryFolder() {}

    /** Makes a new folder, to be removed by the caller. */
    static Path create(String name) throws IOException {
        return Files.isWritable(SHARED_MEMORY)
                ? Files.createTempDirectory(SHARED_MEMORY, name)
                : Files.createTempDirectory(name).toRealPath();
    }
}
