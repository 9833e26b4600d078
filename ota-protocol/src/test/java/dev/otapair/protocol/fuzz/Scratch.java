package dev.otapair.protocol.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders for targets that need files: in memory where there is a place, for a fuzzer's speed. */
final class Scratch {
    private Scratch() {}

    static Path folder(String name) {
        try {
            Path shared = Path.of("/dev/shm");
            return Files.isWritable(shared) ? Files.createTempDirectory(shared, name) : Files.createTempDirectory(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
