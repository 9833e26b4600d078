package dev.otapair.client.torture;

import dev.otapair.protocol.testing.PowerCutDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A disk whose power can be cut, in a folder of its own. */
final class CuttableDisk implements AutoCloseable {
    private static final int MEGABYTES = 28;

    private final Path folder;
    private final PowerCutDisk disk;

    private CuttableDisk(Path folder, PowerCutDisk disk) {
        this.folder = folder;
        this.disk = disk;
    }

    /** Makes one; empty where this machine cannot. */
    static Optional<CuttableDisk> create(String name) throws IOException {
        Path folder = MemoryFolder.create(name);
        try {
            Optional<PowerCutDisk> disk = PowerCutDisk.create(folder, MEGABYTES);
            if (disk.isPresent()) {
                return disk.map(made -> new CuttableDisk(folder, made));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Scene.remove(folder);
        return Optional.empty();
    }

    /** Says why this machine cannot make one; empty if it can. */
    static String obstacle() {
        try {
            Optional<CuttableDisk> disk = create("obstacle");
            if (disk.isEmpty()) {
                return "needs root, loop devices, mkfs.ext4 and python3";
            }
            disk.get().close();
            return "";
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Returns where it is mounted. */
    Path root() {
        return disk.root();
    }

    /** Returns a file beside it, in memory where there is such a thing. */
    Path beside(String name) {
        return folder.resolve(name);
    }

    /** As {@link PowerCutDisk#cut}. */
    void cut() throws IOException {
        disk.cut();
    }

    /** As {@link PowerCutDisk#restart}. */
    void restart() throws IOException {
        disk.restart();
    }

    @Override
    public void close() throws IOException {
        disk.close();
        Scene.remove(folder);
    }
}
