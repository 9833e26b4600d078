package dev.otapair.protocol.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A small ext4 disk in a file, whose power can be cut: what the kernel has not brought to the disk by then is gone, and the
 * journal is replayed at the next mount. Needs root and loop devices. Not thread-safe.
 */
public final class PowerCutDisk implements AutoCloseable {
    /**
     * Mounts, cuts and unmounts when told to: a process for each would take most of the time. Ends, and cleans up, with its standard
     * input. The cut is EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: nothing is written any more, not even the journal.
     *
     * <p>Each start is on a copy of the image and a loop device of its own, that goes with the mount (LO_FLAGS_AUTOCLEAR). For
     * whoever makes a mount namespace meanwhile has our mount in there, and as long as he has, the kernel would mount the same device
     * as what it was: shut down.
     */
    private static final String SWITCH = """
            import ctypes, fcntl, os, shutil, struct, sys
            image, folder = sys.argv[1:]
            at = os.fsencode(folder)
            c = ctypes.CDLL(None)

            def attach():
                control = os.open('/dev/loop-control', os.O_RDWR)
                content = os.open(image, os.O_RDWR)
                for attempt in range(20):
                    name = '/dev/loop%d' % fcntl.ioctl(control, 0x4C82)
                    device = os.open(name, os.O_RDWR)
                    try:
                        fcntl.ioctl(device, 0x4C00, content)
                        fcntl.ioctl(device, 0x4C04, struct.pack('=52xI176x', 4))
                        break
                    except OSError:
                        os.close(device)
                os.close(control)
                os.close(content)
                return name, device

            def mount():
                name, device = attach()
                status = c.mount(name.encode(), at, b'ext4', 0, None)
                os.close(device)
                return status

            def cut():
                root = os.open(folder, os.O_RDONLY)
                fcntl.ioctl(root, 0x8004587d, struct.pack('I', 2))
                os.close(root)
                return 0

            def restart():
                if c.umount2(at, 0) != 0:
                    return -1
                shutil.copyfile(image, image + '.copy')
                os.replace(image + '.copy', image)
                return mount()

            commands = {'mount': mount, 'cut': cut, 'restart': restart}
            try:
                for line in sys.stdin:
                    print(commands[line.strip()](), flush=True)
            finally:
                c.umount2(at, 2)
            """;

    private final Path mount;
    private final Process program;
    private final Writer commands;
    private final BufferedReader answers;

    private PowerCutDisk(Path mount, Process program) {
        this.mount = mount;
        this.program = program;
        this.commands = program.outputWriter(StandardCharsets.US_ASCII);
        this.answers = new BufferedReader(new InputStreamReader(program.getInputStream(), StandardCharsets.US_ASCII));
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
        if (run("mkfs.ext4", "-q", "-F", image.toString()) != 0 || run("python3", "-c", "") != 0) {
            return Optional.empty();
        }
        Process program = new ProcessBuilder("python3", "-c", SWITCH, image.toString(), mount.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        PowerCutDisk disk = new PowerCutDisk(mount, program);
        if (disk.isDone("mount")) {
            return Optional.of(disk);
        }
        disk.close();
        return Optional.empty();
    }

    /** Returns where it is mounted. */
    public Path root() {
        return mount;
    }

    /** Cuts the power: programs that write to it from now on fail. */
    public void cut() throws IOException {
        require(isDone("cut"), "the power cannot be cut");
    }

    /** Starts again after a cut; nothing may have a file open there. */
    public void restart() throws IOException {
        require(isDone("restart"), mount + " cannot be mounted again after the cut");
    }

    /** Unmounts it; waits until that is done. */
    @Override
    public void close() throws IOException {
        try {
            commands.close();
            program.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A program that has ended takes no command. */
    private boolean isDone(String command) {
        try {
            commands.write(command + "\n");
            commands.flush();
            return "0".equals(answers.readLine());
        } catch (IOException e) {
            return false;
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
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
