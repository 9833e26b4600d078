package dev.otapair.protocol.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Writes that survive a power cut: after a method returns, the new content is there for good; before it returns, the old
 * one is. The only class that gives a file its final name, on either end. Stateless and thread-safe.
 *
 * <p>Temp, fsync, rename, fsync of the folder. Leaving one out loses acknowledged updates on ext4.
 */
public final class DurableFiles {
    /** What the names of files and folders begin with that are not whole yet; {@link #tidy} removes such files. */
    public static final String TEMPORARY = ".tmp-";

    private static final Set<OpenOption> NEW =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private static final Set<PosixFilePermission> OWNERS = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FOLDER =
            PosixFilePermissions.asFileAttribute(OWNERS);
    private static final Set<PosixFilePermission> OPEN_FOLDER = PosixFilePermissions.fromString("rwxr-xr-x");

    /** Who may read a file. */
    public enum Readers {
        /** Its owner, who is whoever writes it. */
        OWNER("rw-------"),
        /** Everybody; where an administrator writes into somebody else's folder, the file belongs to that one. */
        EVERYBODY("rw-r--r--"),
        /** As above, and nobody writes it once it is whole. */
        EVERYBODY_FOR_GOOD("r--r--r--");

        private final Set<PosixFilePermission> permissions;

        Readers(String permissions) {
            this.permissions = PosixFilePermissions.fromString(permissions);
        }
    }

    /**
     * Replaces the content of a small file, or makes it. Readable by its owner only.
     *
     * @param file in a folder that exists and can be written
     * @param content all of it
     * @throws IOException if the disk is full or fails; the file keeps what it held before
     */
    public void replace(Path file, byte[] content) throws IOException {
        replace(file, content, Readers.OWNER);
    }

    /** As above, readable by others as well. */
    public void replace(Path file, byte[] content, Readers readers) throws IOException {
        Path temporary = temporaryOf(file);
        Files.deleteIfExists(temporary);
        try {
            try (FileChannel channel = create(temporary, readers)) {
                write(channel, content);
            }
            rename(temporary, file);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }

    /**
     * Makes a small file that must not take the place of another one.
     *
     * @throws java.nio.file.FileAlreadyExistsException if something has that name; it stays
     * @throws IOException if the disk is full or fails; nothing is left behind
     */
    public void make(Path file, byte[] content, Readers readers) throws IOException {
        try (FileChannel channel = create(file, readers)) {
            write(channel, content);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
        Sync.folderOf(file);
    }

    /**
     * Makes a new file, to be written, forced and closed by the caller before {@link #rename} gives it its final name.
     *
     * @throws IOException if there is a file of that name, or it cannot be made
     */
    public FileChannel create(Path file, Readers readers) throws IOException {
        FileChannel channel = FileChannel.open(file, NEW, PosixFilePermissions.asFileAttribute(readers.permissions));
        try {
            if (readers != Readers.OWNER && !Ownership.giveToFoldersOwner(file)) {
                Ownership.openTo(readers.permissions, file);
            }
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Makes an empty file, if it is missing: for locks, whose content is nothing and need not last.
     *
     * @throws IOException if it cannot be made
     */
    public void ensureFile(Path file, Readers readers) throws IOException {
        try {
            create(file, readers).close();
        } catch (FileAlreadyExistsException e) {
            // All the better.
        }
    }

    /**
     * Makes a new file, in place of what may be there, to be written over a long time: from now on, what is forced
     * survives. Readable by everybody, and belongs to whoever writes it.
     *
     * @return open for writing, to be closed by the caller
     * @throws IOException if it cannot be made
     */
    public FileChannel begin(Path file) throws IOException {
        Files.deleteIfExists(file);
        FileChannel channel =
                FileChannel.open(file, NEW, PosixFilePermissions.asFileAttribute(Readers.EVERYBODY.permissions));
        try {
            Sync.folderOf(file);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Opens a file that was begun, to read what is there and to go on with it.
     *
     * @return at its first byte, to be closed by the caller
     * @throws IOException if it is missing, or a link
     */
    public FileChannel reopen(Path file) throws IOException {
        return FileChannel.open(
                file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * Removes a file for good, if it is there, and what a crash may have left of writing it.
     *
     * @return whether it was there
     * @throws IOException if the disk fails
     */
    public boolean delete(Path file) throws IOException {
        boolean wasBegun = Files.deleteIfExists(temporaryOf(file));
        boolean wasThere = Files.deleteIfExists(file);
        if (wasBegun || wasThere) {
            Sync.folderOf(file);
        }
        return wasThere;
    }

    /**
     * Lets a symbolic link name something else, or makes it, in one step.
     *
     * @param target as the link is to hold it
     * @throws IOException if the disk fails, or something else than a link has that name; then it names what it did before
     */
    public void replaceLink(Path link, Path target) throws IOException {
        if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(link)) {
            throw new FileAlreadyExistsException(link.toString(), null, "it is there, and no link");
        }
        Path temporary = temporaryOf(link);
        Files.deleteIfExists(temporary);
        Files.createSymbolicLink(temporary, target);
        rename(temporary, link);
    }

    /**
     * Removes a folder and all in it, if it is there; follows no link, whoever exchanges what is in it meanwhile.
     *
     * @throws IOException if the disk fails, or something is mounted in it; some of it may be gone then
     */
    public void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        TreeRemoval.remove(folder);
        Sync.folderOf(folder);
    }

    /**
     * Sees that a folder holds nothing but itself.
     *
     * @throws IOException if something is mounted in it
     */
    public void requireNothingMounted(Path folder) throws IOException {
        TreeRemoval.requireNothingMounted(folder);
    }

    /**
     * Gives a complete and synced file its final name in the same folder, in place of what had that name.
     *
     * @throws IOException if the disk fails; then one of both names still has the content
     */
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        Sync.folderOf(to);
    }

    /**
     * Brings complete files, and folders as they are, to the disk. Several are under way at a time, since file systems let those share the work that takes the
     * time.
     *
     * @throws IOException if the disk fails for any of them
     */
    public void syncAll(Collection<Path> written) throws IOException {
        Sync.all(written);
    }

    /**
     * Gives complete and synced files their final names, in place of what had those names. Each folder is synced once, at the end, so
     * that many files do not take much longer than one.
     *
     * @param names from the present one to the final one, which may be in another folder of the same disk
     * @throws IOException if the disk fails; then each file has one of its names, and a power cut may still undo it
     */
    public void renameAll(Map<Path, Path> names) throws IOException {
        Set<Path> folders = new LinkedHashSet<>();
        for (Map.Entry<Path, Path> name : names.entrySet()) {
            Files.move(name.getKey(), name.getValue(), StandardCopyOption.ATOMIC_MOVE);
            folders.add(name.getValue().toAbsolutePath().getParent());
        }
        for (Path folder : folders) {
            Sync.of(folder);
        }
    }

    /**
     * Makes a folder in one that exists, if it is missing: for everybody to read, and where the administrator makes it in somebody else's
     * folder, for that one.
     *
     * @throws IOException if it cannot be made
     */
    public void ensureReadableFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            createHereOrElsewhere(folder);
            Ownership.openTo(OPEN_FOLDER, folder);
            Sync.folderOf(folder);
        }
    }

    /**
     * Makes a folder, and its parents, if it is missing, for the owner of the folder it is in, and sees whether it can be
     * written by writing. Other processes may look at the same time.
     *
     * @throws IOException if it cannot be made or written; nothing is left behind
     */
    public void ensureWritableFolder(Path folder) throws IOException {
        create(folder.toAbsolutePath());
        requireRoom(folder, 0);
    }

    /**
     * Makes a folder that nobody else may enter, if it is missing. A file or link in its place is removed.
     *
     * @param folder whose parent exists
     * @throws IOException if it cannot be made, or belongs to somebody else
     */
    public void ensureOwnFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(folder);
            Files.createDirectory(folder, OWNERS_FOLDER);
            Sync.folderOf(folder);
            return;
        }
        int self = UserId.ofProcess();
        int owner = UserId.of(folder);
        if (owner != self) {
            throw new FileSystemException(
                    folder.toString(), null, "it belongs to user %d; it has to belong to %d".formatted(owner, self));
        }
        if (!Ownership.itself(folder).readAttributes().permissions().equals(OWNERS)) {
            Ownership.itself(folder).setPermissions(OWNERS);
        }
    }

    /**
     * Sees whether so many bytes can be written to a folder, by writing them. Other processes may look at the same time.
     *
     * @throws IOException if they cannot; nothing is left behind
     */
    public void requireRoom(Path folder, int bytes) throws IOException {
        Path probe = folder.resolve(TEMPORARY + "probe");
        ByteBuffer zeroes = ByteBuffer.allocate(bytes);
        try (FileChannel channel = FileChannel.open(
                probe, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            while (zeroes.hasRemaining()) {
                channel.write(zeroes);
            }
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    /**
     * Removes what writes that were cut have left in a folder; nobody else may be writing there.
     *
     * @throws IOException if the folder cannot be read or written
     */
    public void tidy(Path folder) throws IOException {
        for (Path each : Folders.list(folder, name -> name.startsWith(TEMPORARY))) {
            if (!Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
                Files.deleteIfExists(each);
            }
        }
    }

    private static Path temporaryOf(Path file) {
        return file.resolveSibling(TEMPORARY + file.getFileName());
    }

    private static void create(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            create(folder.getParent());
            createHereOrElsewhere(folder);
            Sync.folderOf(folder);
        }
    }

    /** Another process may make the same folder at the same time. */
    private static void createHereOrElsewhere(Path folder) throws IOException {
        try {
            Files.createDirectory(folder);
            Ownership.giveToFoldersOwner(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    private static void write(FileChannel channel, byte[] content) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(true);
    }
}
