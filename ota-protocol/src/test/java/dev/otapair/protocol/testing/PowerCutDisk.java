package dev.otapair.protocol.testing;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A small ext4 disk in a file, whose power can be cut: what the kernel has not brought to the disk by then is gone, and the
 * journal is replayed at the next mount. Needs root and loop devices. Not thread-safe.
 */
public final class PowerCutDisk implements AutoCloseable {
    /** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing is written any more, not even the journal. */
    private static final String CUT = "import fcntl, os, struct, sys\n"
            + "fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))\n";

    private final Path image;
    private final Path mount;

    private PowerCutDisk(Path image, Path mount) {
        this.image = image;
        this.mount = mount;
    }

    /**
     * Makes and mounts one.
     *
     * @param folder for image and mount
     * @return empty where this machine cannot
     */
    public static Optional<PowerCutDisk> create(Path folder, int megabytes) throws IOException, InterruptedException {
        Path image = folder.resolve("disk.img");
        Path mount = Files.createDirectory(folder.resolve("disk"));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(megabytes * 1024L * 1024);
        }
        PowerCutDisk disk = new PowerCutDisk(image, mount);
        boolean isThere = run("mkfs.ext4", "-q", "-F", image.toString()) == 0;
        return isThere && disk.mount() ? Optional.of(disk) : Optional.empty();
    }

    /** Returns where it is mounted. */
    public Path root() {
        return mount;
    }

    /** Cuts the power: programs that write to it from now on fail. */
    public void cut() throws IOException, InterruptedException {
        require(run("python3", "-c", CUT, mount.toString()) == 0, "the power cannot be cut");
    }

    /** Starts again after a cut; nothing may have a file open there. */
    public void restart() throws IOException, InterruptedException {
        require(run("umount", mount.toString()) == 0, mount + " cannot be unmounted");
        require(mount(), image + " cannot be mounted after the cut");
    }

    @Override
    public void close() throws IOException {
        try {
            run("umount", mount.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean mount() throws IOException, InterruptedException {
        return run("mount", "-o", "loop", image.toString(), mount.toString()) == 0;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static int run(String... words) throws IOException, InterruptedException {
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
