package dev.otapair.protocol.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The inputs a fuzz target starts from, and those that once broke it; of the module whose tests run. */
public final class FuzzSeeds {
    private static final Path FOLDER = Path.of("src", "test", "resources", "fuzz");

    private FuzzSeeds() {}

    /** What a fuzzer calls. */
    @FunctionalInterface
    public interface Target {
        void run(byte[] data);
    }

    /**
     * Runs all seeds of a target.
     *
     * @return how many there were
     * @throws AssertionError naming the seed that broke it
     */
    public static int runAll(Class<?> target, Target method) throws IOException {
        try (Stream<Path> files = Files.list(FOLDER.resolve(target.getSimpleName()))) {
            List<Path> seeds = files.sorted().toList();
            for (Path seed : seeds) {
                try {
                    method.run(Files.readAllBytes(seed));
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError(seed.toString(), e);
                }
            }
            return seeds.size();
        }
    }
}
