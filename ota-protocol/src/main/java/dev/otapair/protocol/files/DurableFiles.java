package dev.otapair.protocol.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Writes that survive a power cut: after a method returns, the new content is there for good; before it returns, the old
 * one is. The only class that gives a file its final name, on either end. Stateless and thread-safe.
 *
 * <p>Temp, fsync, rename, fsync of the folder. Leaving one out loses acknowledged updates on ext4.
 */
public final class DurableFiles {
    private static final String TEMPORARY = ".tmp-";

    /**
     * Replaces the content of a small file, or makes it. Readable by its owner only.
     *
     * @param file in a folder that exists and can be written
     * @param content all of it
     * @throws IOException if the disk is full or fails; the file keeps what it held before
     */
    public void replace(Path file, byte[] content) throws IOException {
        Path temporary = file.resolveSibling(TEMPORARY + file.getFileName());
        Files.deleteIfExists(temporary);
        try {
            writeNew(temporary, content);
            rename(temporary, file);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    /**
     * Gives a complete and synced file its final name in the same folder, in place of what had that name.
     *
     * @throws IOException if the disk fails; then one of both names still has the content
     */
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        syncFolder(to.toAbsolutePath().getParent());
    }

    /**
     * Makes a folder, and its parents, if it is missing, and sees whether it can be written by writing. Other processes
     * may look at the same time.
     *
     * @throws IOException if it cannot be made or written; nothing is left behind
     */
    public void ensureWritableFolder(Path folder) throws IOException {
        create(folder.toAbsolutePath());
        Path probe = folder.resolve(TEMPORARY + "probe");
        FileChannel.open(probe, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)
                .close();
        Files.deleteIfExists(probe);
    }

    private static void create(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            create(folder.getParent());
            createHereOrElsewhere(folder);
            syncFolder(folder.getParent());
        }
    }

    /** Another process may make the same folder at the same time. */
    private static void createHereOrElsewhere(Path folder) throws IOException {
        try {
            Files.createDirectory(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    private static void writeNew(Path file, byte[] content) throws IOException {
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel = FileChannel.open(file, options, ownerOnly)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /** On Linux a folder opened for reading can be synced; without it a rename may be undone by a power cut. */
    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
