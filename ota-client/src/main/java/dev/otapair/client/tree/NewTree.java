package dev.otapair.client.tree;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The folder a release is made in. Until its root is finished only its owner may enter it, and nothing is written through a link: they are
 * made when all files are there. Not thread-safe.
 *
 * <p>Everything is given its attributes before the first of its kind is brought to the disk: file systems write what they know of all files
 * at once, and it costs as much for one.
 */
final class NewTree {
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** Of the root, of which no manifest tells. */
    private static final int ROOT_MODE = 0755;

    private static final int READABLE_BY_OWNER = 0400;

    private final Path root;
    private final boolean isRoot;

    private NewTree(Path root, boolean isRoot) {
        this.root = root;
        this.isRoot = isRoot;
    }

    /**
     * Makes the folder.
     *
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE, also if it is there already
     */
    static NewTree create(Path root, boolean isRoot) {
        try {
            Files.createDirectory(root, OWNERS_FOLDER);
            return new NewTree(root, isRoot);
        } catch (IOException e) {
            throw FileFault.unwritable(root, e);
        }
    }

    /** Returns where an entry is, or will be. */
    Path placeOf(String path) {
        return GuardedFolder.resolve(root, path);
    }

    void make(ManifestEntry.Folder folder) {
        Path place = placeOf(folder.path());
        try {
            Files.createDirectory(place, OWNERS_FOLDER);
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
    }

    void make(ManifestEntry.Link link) {
        Path place = placeOf(link.path());
        try {
            Files.createSymbolicLink(place, GuardedFolder.resolve(Path.of(""), link.target()));
            if (isRoot) {
                own(place, link);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
        try {
            Files.getFileAttributeView(place, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setTimes(timeOf(link), null, null);
        } catch (IOException e) {
            // Not every file system gives links a time, and nobody goes by it.
            return;
        }
    }

    /** Gives a file what is said of it. What cannot be opened any more is brought to the disk at once. */
    void apply(ManifestEntry.File file) {
        apply(file, file.mode(), !isRoot && (file.mode() & READABLE_BY_OWNER) == 0);
    }

    /** As above; all that is in it is on the disk. */
    void apply(ManifestEntry.Folder folder) {
        apply(folder, folder.mode(), !isRoot);
    }

    /** Brings a file to the disk that has been given everything. */
    void force(ManifestEntry.File file) {
        if (isRoot || (file.mode() & READABLE_BY_OWNER) != 0) {
            force(placeOf(file.path()));
        }
    }

    /** As above. */
    void force(ManifestEntry.Folder folder) {
        if (isRoot) {
            force(placeOf(folder.path()));
        }
    }

    /** Opens the root to others, and brings it to the disk; all that is in it is there. */
    void finish() {
        try {
            Files.setAttribute(root, "unix:mode", ROOT_MODE);
        } catch (IOException e) {
            throw FileFault.unwritable(root, e);
        }
        force(root);
    }

    private void apply(ManifestEntry said, int mode, boolean isForced) {
        Path place = placeOf(said.path());
        try {
            if (isForced) {
                try (FileChannel channel = FileChannel.open(place, StandardOpenOption.READ)) {
                    apply(place, said, mode);
                    channel.force(true);
                }
            } else {
                apply(place, said, mode);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
    }

    private static void force(Path place) {
        try (FileChannel channel = FileChannel.open(place, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
    }

    /** The mode comes last: a change of the owner takes set-uid away, and a time needs the right to write. */
    private void apply(Path place, ManifestEntry said, int mode) throws IOException {
        if (isRoot) {
            own(place, said);
        }
        Files.setLastModifiedTime(place, timeOf(said));
        Files.setAttribute(place, "unix:mode", FileLook.modeFor(mode, isRoot));
    }

    private static void own(Path place, ManifestEntry said) throws IOException {
        Files.setAttribute(place, "unix:uid", (int) said.owner(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(place, "unix:gid", (int) said.group(), LinkOption.NOFOLLOW_LINKS);
    }

    private static FileTime timeOf(ManifestEntry said) {
        return FileTime.from(said.modified(), TimeUnit.SECONDS);
    }
}
