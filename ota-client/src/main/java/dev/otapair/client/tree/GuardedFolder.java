package dev.otapair.client.tree;

import dev.otapair.client.store.FileStamp;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A release's folder. Applications may have written to it, and put links where folders were: each folder is entered from the
 * one it is in, and no link is followed, wherever it is. Paths in order of their names are the fast way. Not thread-safe; closed by who
 * opened it.
 */
final class GuardedFolder implements AutoCloseable {
    /** So many folders are held open at the same time. */
    static final int MAX_DEPTH = 128;

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    private static final String ATTRIBUTES = "unix:mode,uid,gid,dev,ino,size,lastModifiedTime,ctime,fileKey";
    private static final int MODE_BITS = 07777;
    private static final int TYPE_BITS = 0170000;
    private static final int TYPE_FILE = 0100000;
    private static final int TYPE_FOLDER = 0040000;
    private static final int TYPE_LINK = 0120000;

    private final Path root;

    /** From the root on: the folder that was entered last, and those it is in. */
    private final List<SecureDirectoryStream<Path>> open = new ArrayList<>();

    /** The names of all but the first. */
    private final List<String> names = new ArrayList<>();

    private GuardedFolder(Path root) {
        this.root = root;
    }

    /**
     * Opens a folder.
     *
     * @throws IOException if it is none, or a link
     */
    static GuardedFolder open(Path root) throws IOException {
        if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
            throw new NotDirectoryException(root.toString());
        }
        GuardedFolder folder = new GuardedFolder(root);
        folder.open.add(Folders.enter(root));
        return folder;
    }

    /** Returns where something is by its whole name: not to be opened by it. */
    Path pathOf(String path) {
        return resolve(root, path);
    }

    /**
     * Returns what is there under a path.
     *
     * @return empty where nothing is, where it cannot be reached without a link, or is being exchanged right now
     * @throws IOException if it cannot be looked at
     */
    Optional<FileLook> look(String path) throws IOException {
        Optional<SecureDirectoryStream<Path>> folder = enter(parentOf(path));
        if (folder.isEmpty()) {
            return Optional.empty();
        }
        try {
            // Java tells the times and the owner of a path only, and of a name in an open folder what file it is.
            Object key = attributes(folder.get(), nameOf(path)).fileKey();
            Map<String, Object> said = Files.readAttributes(pathOf(path), ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
            return key.equals(said.get("fileKey")) ? Optional.of(look(said)) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Opens a file.
     *
     * @return to be closed by the caller
     * @throws IOException if it is none, or cannot be read
     */
    FileChannel read(String path) throws IOException {
        SecureDirectoryStream<Path> folder = enter(parentOf(path)).orElseThrow(() -> new NoSuchFileException(path));
        // A pipe would be waited for.
        if (!attributes(folder, nameOf(path)).isRegularFile()) {
            throw new FileSystemException(path, null, "it is no file");
        }
        if (folder.newByteChannel(nameOf(path), READ) instanceof FileChannel channel) {
            return channel;
        }
        throw new IllegalStateException("this Java opens files as something else");
    }

    /**
     * Returns what a link says.
     *
     * @throws IOException if there is none
     */
    String target(String path) throws IOException {
        return Files.readSymbolicLink(pathOf(path)).toString();
    }

    /**
     * Opens a folder's list of names.
     *
     * @param folder empty for the whole
     * @return to be closed by the caller; empty if it is no folder
     * @throws IOException if it cannot be read
     */
    Optional<SecureDirectoryStream<Path>> list(String folder) throws IOException {
        Optional<SecureDirectoryStream<Path>> place = enter(folder);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(place.get().newDirectoryStream(Path.of("."), LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * Moves something to another folder on the same disk, in place of what has its name there; of a folder, that must be gone. Either is whole
     * at any moment.
     *
     * @throws IOException if it cannot be moved
     */
    void move(String path, GuardedFolder other, String to) throws IOException {
        SecureDirectoryStream<Path> from = enter(parentOf(path)).orElseThrow(() -> new NoSuchFileException(path));
        SecureDirectoryStream<Path> into =
                other.enter(parentOf(to)).orElseThrow(() -> new NoSuchFileException(parentOf(to)));
        from.move(nameOf(path), into, nameOf(to));
    }

    /**
     * Gives a folder what is said of it: its mode, and where root does it, its owners.
     *
     * @throws IOException if there is none, or it is somebody else's
     */
    void adjust(ManifestEntry.Folder said, boolean isRoot) throws IOException {
        Path folder = descriptorOf(enter(said.path()).orElseThrow(() -> new NoSuchFileException(said.path())));
        if (isRoot) {
            Files.setAttribute(folder, "unix:uid", (int) said.owner());
            Files.setAttribute(folder, "unix:gid", (int) said.group());
        }
        Files.setAttribute(folder, "unix:mode", FileLook.modeFor(said.mode(), isRoot));
    }

    /**
     * Brings to the disk what names a folder has; nothing else that may have its path by now.
     *
     * @param folder empty for the whole
     * @throws IOException if there is none
     */
    void force(String folder) throws IOException {
        SecureDirectoryStream<Path> place = enter(folder).orElseThrow(() -> new NoSuchFileException(folder));
        try (FileChannel channel = FileChannel.open(descriptorOf(place), StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        leave(0);
    }

    /** Returns where something is, or will be, in a folder. */
    static Path resolve(Path root, String path) {
        try {
            return path.isEmpty() ? root : root.resolve(path);
        } catch (InvalidPathException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s is no file name in this locale; set LC_ALL=C.UTF-8 where the client is started".formatted(path),
                    e);
        }
    }

    /** Returns the path of the folder that something is in; empty for the root. */
    static String parentOf(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private Optional<SecureDirectoryStream<Path>> enter(String folder) throws IOException {
        String[] wanted = folder.isEmpty() ? new String[0] : folder.split("/");
        if (wanted.length > MAX_DEPTH) {
            return Optional.empty();
        }
        int common = 0;
        while (common < names.size()
                && common < wanted.length
                && names.get(common).equals(wanted[common])) {
            common++;
        }
        leave(common + 1);
        for (int i = common; i < wanted.length; i++) {
            Path name = resolve(Path.of(""), wanted[i]);
            SecureDirectoryStream<Path> last = open.get(i);
            try {
                if (!attributes(last, name).isDirectory()) {
                    return Optional.empty();
                }
                open.add(last.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
                names.add(wanted[i]);
            } catch (NoSuchFileException | NotDirectoryException e) {
                return Optional.empty();
            }
        }
        return Optional.of(open.get(open.size() - 1));
    }

    private void leave(int kept) throws IOException {
        while (open.size() > kept) {
            open.remove(open.size() - 1).close();
            if (!names.isEmpty()) {
                names.remove(names.size() - 1);
            }
        }
    }

    /** Java changes the mode of a path only; the kernel has one for each open folder, which leads nowhere else. */
    private static Path descriptorOf(SecureDirectoryStream<Path> folder) throws IOException {
        Object key = folder.getFileAttributeView(BasicFileAttributeView.class)
                .readAttributes()
                .fileKey();
        return Folders.first(DESCRIPTORS, each -> {
                    // That of the list itself is not there any more when it is looked at.
                    boolean isSame = Files.exists(each)
                            && key.equals(Files.readAttributes(each, BasicFileAttributes.class)
                                    .fileKey());
                    return isSame ? Optional.of(each) : Optional.empty();
                })
                .orElseThrow(() -> new IOException("the kernel does not name open folders in " + DESCRIPTORS));
    }

    private static Path nameOf(String path) {
        return resolve(Path.of(""), path.substring(path.lastIndexOf('/') + 1));
    }

    private static BasicFileAttributes attributes(SecureDirectoryStream<Path> folder, Path name) throws IOException {
        return folder.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    private static FileLook look(Map<String, Object> said) {
        int mode = (Integer) said.get("mode");
        FileStamp stamp = new FileStamp(
                (Long) said.get("size"),
                ((FileTime) said.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS),
                ((FileTime) said.get("ctime")).to(TimeUnit.NANOSECONDS),
                (Long) said.get("ino"));
        return new FileLook(
                kindOf(mode),
                mode & MODE_BITS,
                Integer.toUnsignedLong((Integer) said.get("uid")),
                Integer.toUnsignedLong((Integer) said.get("gid")),
                (Long) said.get("dev"),
                stamp);
    }

    private static FileLook.Kind kindOf(int mode) {
        return switch (mode & TYPE_BITS) {
            case TYPE_FILE -> FileLook.Kind.FILE;
            case TYPE_FOLDER -> FileLook.Kind.FOLDER;
            case TYPE_LINK -> FileLook.Kind.LINK;
            default -> FileLook.Kind.OTHER;
        };
    }
}
