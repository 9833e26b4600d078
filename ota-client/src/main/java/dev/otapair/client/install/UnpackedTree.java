package dev.otapair.client.install;

import dev.otapair.client.store.DiskBlocks;
import dev.otapair.protocol.archive.Destination;
import dev.otapair.protocol.archive.EntryAttributes;
import dev.otapair.protocol.archive.EntryPath;
import dev.otapair.protocol.archive.Refusal;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.Folders;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The folder an archive is unpacked into. Nothing is written but below folders made here, so no link is ever followed, and
 * nothing is written twice. Until {@link #finish} only its owner may enter it.
 */
final class UnpackedTree implements Destination {
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FOLDER = permissions("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FILE = permissions("rw-------");
    private static final Set<OpenOption> NEW_FILE =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    private static final int MAX_PATH_BYTES = 4095;
    private static final int READABLE_BY_OWNER = 0400;
    private static final int BUFFER_BYTES = 64 * 1024;

    /** All folders have to be remembered, for their modes can be given only at the end. */
    private static final int MAX_FOLDER_BYTES = 8 * 1024 * 1024;

    private static final int FOLDER_OBJECT_BYTES = 300;

    private final Path root;
    private final boolean isRoot;
    private final Unpacker.Limits limits;
    private final Unpacker.LinkTargets links;
    private final Runnable goesOn;
    private final byte[] buffer = new byte[BUFFER_BYTES];

    /** Parents before their children. */
    private final List<String> folders = new ArrayList<>();

    private final Map<String, Optional<EntryAttributes>> attributes = new HashMap<>();

    /** Of folders that the archive does not name: the time of what came first in them, as whoever publishes it counts. */
    private final Map<String, FileTime> timesOfUnnamed = new HashMap<>();

    private Optional<EntryAttributes.Owner> owner = Optional.empty();
    private boolean isOfSeveral;
    private int entries;
    private long bytes;
    private int folderBytes;

    private UnpackedTree(
            Path root, boolean isRoot, Unpacker.Limits limits, Unpacker.LinkTargets links, Runnable goesOn) {
        this.root = root;
        this.isRoot = isRoot;
        this.limits = limits;
        this.links = links;
        this.goesOn = goesOn;
    }

    /**
     * Makes the folder.
     *
     * @throws IOException if it is there already, or cannot be made; nothing has changed then
     */
    static UnpackedTree create(Path root, Unpacker.Limits limits, Unpacker.LinkTargets links, Runnable goesOn)
            throws IOException {
        Files.createDirectory(root, OWNERS_FOLDER);
        boolean isRoot = Files.getAttribute(root, "unix:uid").equals(0);
        UnpackedTree tree = new UnpackedTree(root, isRoot, limits, links, goesOn);
        tree.remember(new EntryPath(List.of()).toString(), Optional.empty());
        return tree;
    }

    /** Says whether nothing but the folder itself has been made. */
    boolean isEmpty() {
        return folders.size() == 1 && entries == 0;
    }

    /** Returns who all of it belongs to, as the archive says; empty where it says several, or none. */
    Optional<EntryAttributes.Owner> owner() {
        return owner.filter(known -> !isOfSeveral);
    }

    private void note(EntryAttributes said) {
        isOfSeveral |= said.owner().isEmpty()
                || owner.filter(known -> !known.equals(said.owner().get())).isPresent();
        owner = said.owner();
    }

    /** Makes a folder, or gives one that is there because something is in it what the archive says of it. */
    @Override
    public void addFolder(EntryPath path, EntryAttributes said) {
        note(said);
        Optional<EntryAttributes> known = attributes.get(path.toString());
        if (known == null) {
            makeFolder(path, Optional.of(said), said.modified());
        } else if (known.isEmpty()) {
            attributes.put(path.toString(), Optional.of(said));
            timesOfUnnamed.remove(path.toString());
        } else {
            throw Refusal.of(path.toString(), "is there twice");
        }
    }

    /**
     * Writes a file.
     *
     * @param content not closed
     * @param size of the content; a byte more or less is refused by who reads the archive
     * @throws IOException if the archive cannot be read
     */
    @Override
    public void addFile(EntryPath path, EntryAttributes said, long size, InputStream content) throws IOException {
        note(said);
        Path file = place(path, size, said.modified());
        try (FileChannel channel = create(path, file)) {
            copy(path, content, size, channel);
            complete(file, channel, said);
        }
    }

    /** Makes a symbolic link. */
    @Override
    public void addLink(EntryPath path, EntryAttributes said, String target) {
        if (links == Unpacker.LinkTargets.INSIDE) {
            path.requireTargetInside(target);
        } else {
            path.requireTarget(target);
        }
        note(said);
        Path link = place(path, 0, said.modified());
        try {
            Files.createSymbolicLink(link, Path.of(target));
            if (isRoot && said.owner().isPresent()) {
                own(link, said.owner().get());
            }
            if (said.modified().isPresent()) {
                Files.getFileAttributeView(link, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .setTimes(said.modified().get(), null, null);
            }
        } catch (FileAlreadyExistsException e) {
            throw Refusal.of(path.toString(), "is there twice");
        } catch (IOException | InvalidPathException e) {
            throw unwritable(link, e);
        }
    }

    /** Gives a file that has been unpacked another name. */
    @Override
    public void addHardLink(EntryPath path, EntryPath target) {
        boolean isInside = target.parent()
                .filter(parent -> attributes.containsKey(parent.toString()))
                .isPresent();
        if (!isInside || !Files.isRegularFile(pathOf(target), LinkOption.NOFOLLOW_LINKS)) {
            throw Refusal.of(
                    path.toString(),
                    "is a hard link to %s, which is no file unpacked before it"
                            .formatted(Refusal.quoted(target.toString())));
        }
        Path link = place(path, 0, modifiedOf(target));
        try {
            Files.createLink(link, pathOf(target));
        } catch (FileAlreadyExistsException e) {
            throw Refusal.of(path.toString(), "is there twice");
        } catch (IOException e) {
            throw unwritable(link, e);
        }
    }

    /** Brings all of it to the disk, and gives the folders what the archive says of them; the deepest come first. */
    void finish() {
        Collections.reverse(folders);
        for (String path : folders) {
            Path folder = pathOf(path);
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                forceFilesOf(folder);
                apply(folder, attributes.get(path).orElseGet(() -> ofUnnamed(path)));
                channel.force(true);
            } catch (IOException e) {
                throw unwritable(folder, e);
            }
        }
    }

    private EntryAttributes ofUnnamed(String path) {
        return new EntryAttributes(
                EntryAttributes.OF_UNNAMED_FOLDER.mode(),
                Optional.ofNullable(timesOfUnnamed.get(path)),
                Optional.empty(),
                Optional.empty());
    }

    private Optional<FileTime> modifiedOf(EntryPath file) {
        try {
            return Optional.of(Files.getLastModifiedTime(pathOf(file), LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            throw FileFault.unreadable(pathOf(file), e);
        }
    }

    private void forceFilesOf(Path folder) throws IOException {
        Folders.visit(folder, child -> {
            if (Files.isRegularFile(child, LinkOption.NOFOLLOW_LINKS) && (isRoot || Files.isReadable(child))) {
                try (FileChannel channel = FileChannel.open(child, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            }
        });
    }

    /** Counts an entry, and sees that the folder it is in is one. */
    private Path place(EntryPath path, long size, Optional<FileTime> modified) {
        goesOn.run();
        count(path, size);
        EntryPath parent = path.parent().orElseThrow(() -> Refusal.of(path.toString(), "is no folder"));
        if (!attributes.containsKey(parent.toString())) {
            modified.ifPresent(time -> timesOfUnnamed.put(parent.toString(), time));
            isOfSeveral = true;
            makeFolder(parent, Optional.empty(), modified);
        }
        return pathOf(path);
    }

    private void makeFolder(EntryPath path, Optional<EntryAttributes> said, Optional<FileTime> modified) {
        Path folder = place(path, 0, modified);
        try {
            Files.createDirectory(folder, OWNERS_FOLDER);
            remember(path.toString(), said);
        } catch (FileAlreadyExistsException e) {
            throw Refusal.of(path.toString(), "is a folder, and something else before");
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    private void remember(String path, Optional<EntryAttributes> said) {
        folders.add(path);
        attributes.put(path, said);
        folderBytes += FOLDER_OBJECT_BYTES + 2 * path.length();
        if (folderBytes > MAX_FOLDER_BYTES) {
            throw Refusal.of(path, "is one folder too many: their names do not fit into memory");
        }
    }

    private void count(EntryPath path, long size) {
        entries++;
        if (entries > limits.maxEntries()) {
            throw Refusal.of(path.toString(), "is one too many, allowed are %d entries".formatted(limits.maxEntries()));
        }
        if (size > limits.maxBytes() - bytes - 2 * DiskBlocks.BYTES) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s: entry %s of %d bytes does not fit: %d of %d bytes are left; remove old releases"
                            .formatted(
                                    root,
                                    Refusal.quoted(path.toString()),
                                    size,
                                    Math.max(0, limits.maxBytes() - bytes),
                                    limits.maxBytes()));
        }
        bytes += DiskBlocks.of(size);
    }

    private Path pathOf(EntryPath path) {
        return pathOf(path.toString());
    }

    private Path pathOf(String path) {
        try {
            Path place = root.resolve(path).normalize();
            if (place.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
                throw Refusal.of(path, "has too long a name, in " + root);
            }
            return place;
        } catch (InvalidPathException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s is no file name in this locale; set LC_ALL=C.UTF-8 where the client is started"
                            .formatted(Refusal.quoted(path)),
                    e);
        }
    }

    private static FileChannel create(EntryPath path, Path file) {
        try {
            return FileChannel.open(file, NEW_FILE, OWNERS_FILE);
        } catch (FileAlreadyExistsException e) {
            throw Refusal.of(path.toString(), "is there twice");
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private void copy(EntryPath path, InputStream content, long size, FileChannel channel) throws IOException {
        long left = size;
        while (left > 0) {
            int count = content.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (count < 0) {
                throw Refusal.of(path.toString(), "ends %d bytes early".formatted(left));
            }
            write(pathOf(path), channel, ByteBuffer.wrap(buffer, 0, count));
            left -= count;
        }
    }

    private static void write(Path file, FileChannel channel, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** What could not be opened again is brought to the disk at once. */
    private void complete(Path file, FileChannel channel, EntryAttributes said) {
        try {
            apply(file, said);
            if (!isRoot && (said.mode() & READABLE_BY_OWNER) == 0) {
                channel.force(true);
            }
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** The mode comes last: a change of the owner takes set-uid away, and a time needs the right to read. */
    private void apply(Path file, EntryAttributes said) throws IOException {
        if (isRoot && said.owner().isPresent()) {
            own(file, said.owner().get());
        }
        if (said.modified().isPresent()) {
            Files.setLastModifiedTime(file, said.modified().get());
        }
        Files.setAttribute(file, "unix:mode", isRoot ? said.mode() : said.modeWithoutSetId());
    }

    private static void own(Path file, EntryAttributes.Owner owner) throws IOException {
        Files.setAttribute(file, "unix:uid", owner.user(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(file, "unix:gid", owner.group(), LinkOption.NOFOLLOW_LINKS);
    }

    private static OtaException unwritable(Path file, Exception cause) {
        return FileFault.unwritable(file, cause);
    }

    private static FileAttribute<Set<PosixFilePermission>> permissions(String text) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
    }
}
