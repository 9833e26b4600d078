package dev.otapair.client.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A small disk of memory, which can be made read-only. Needs root. Not thread-safe. */
public final class SmallDisk implements AutoCloseable {
    private final Path root;

    private SmallDisk(Path root) {
        this.root = root;
    }

    /**
     * Mounts one.
     *
     * @param root an empty folder
     * @return empty where this is not allowed
     */
    public static Optional<SmallDisk> create(Path root, int megabytes) throws InterruptedException {
        boolean isThere = run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", root.toString()) == 0;
        return isThere ? Optional.of(new SmallDisk(root)) : Optional.empty();
    }

    /** Returns where it is mounted. */
    public Path root() {
        return root;
    }

    /** Lets nothing be written any more, or lets it again. */
    public void setReadOnly(boolean isReadOnly) throws InterruptedException {
        if (run("mount", "-o", "remount," + (isReadOnly ? "ro" : "rw"), root.toString()) != 0) {
            throw new IllegalStateException(root + " cannot be mounted anew");
        }
    }

    @Override
    public void close() throws IOException {
        try {
            run("umount", root.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int run(String... words) throws InterruptedException {
        try {
            return new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return 127;
        }
    }
}
