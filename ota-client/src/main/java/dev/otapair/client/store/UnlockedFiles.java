package dev.otapair.client.store;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Files of the state folder that are written, or removed, by who does not hold the run lock: {@code confirm} while a run waits for it,
 * {@code retry}, checks. Each writes by a temporary file of its own, named after its process, and leaves those of others alone; what a
 * cut has left of them is for {@link #tidy} to remove. Stateless and thread-safe.
 */
public record UnlockedFiles(DurableFiles files) {
    /** {@code .tmp-NAME.PID.THREAD}. */
    private static final Pattern OF_A_PROCESS = Pattern.compile(
            Pattern.quote(DurableFiles.TEMPORARY) + ".*\\.(?<pid>[0-9]{1,10})\\.(?<thread>[0-9]{1,10})");

    /**
     * Replaces the content of a small file for good, or makes it. Readable by its owner only.
     *
     * @param file in a folder that exists and can be written
     * @throws IOException if the disk is full or fails; the file keeps what it held before
     */
    public void replace(Path file, byte[] content) throws IOException {
        Path temporary = temporaryOf(file);
        // Of a process that had the same number.
        Files.deleteIfExists(temporary);
        try {
            try (FileChannel channel = files.create(temporary, DurableFiles.Readers.OWNER)) {
                write(channel, content);
            }
            files.rename(temporary, file);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    /**
     * Removes a file for good, if it is there; what the run may be writing in its place stays.
     *
     * @return whether it was there
     * @throws IOException if the disk fails
     */
    public boolean delete(Path file) throws IOException {
        boolean wasThere = Files.deleteIfExists(file);
        if (wasThere) {
            files.syncAll(List.of(file.toAbsolutePath().getParent()));
        }
        return wasThere;
    }

    /**
     * Removes what writes that were cut have left in the state folder, but for what a process that is alive may be writing. The caller
     * holds the run lock.
     *
     * @throws IOException if the folder cannot be read or written
     */
    public void tidy(Path folder) throws IOException {
        for (Path each : Folders.list(folder, name -> name.startsWith(DurableFiles.TEMPORARY))) {
            if (!Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS) && !isOfTheLiving(each)) {
                Files.deleteIfExists(each);
            }
        }
    }

    /**
     * A number that another process has by now keeps a file for one run more: better than to take it from its writer. What has our own
     * is that of one before, as in a container, where each start has the same.
     */
    private static boolean isOfTheLiving(Path temporary) throws IOException {
        Matcher name = OF_A_PROCESS.matcher(temporary.getFileName().toString());
        if (!name.matches()) {
            return false;
        }
        boolean isOurs = name.group("pid").equals(OwnProcess.pid())
                && name.group("thread")
                        .equals(Long.toString(Thread.currentThread().getId()));
        return !isOurs && OwnProcess.isAlive(name.group("pid"));
    }

    private static Path temporaryOf(Path file) throws IOException {
        return file.resolveSibling("%s%s.%s.%d"
                .formatted(
                        DurableFiles.TEMPORARY,
                        file.getFileName(),
                        OwnProcess.pid(),
                        Thread.currentThread().getId()));
    }

    private static void write(FileChannel channel, byte[] content) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(true);
    }
}
