package dev.otapair.client.torture;

import dev.otapair.client.torture.DiskChange.FileSynced;
import dev.otapair.client.torture.DiskChange.FolderSynced;
import dev.otapair.client.torture.DiskChange.Made;
import dev.otapair.client.torture.DiskChange.Node;
import dev.otapair.client.torture.DiskChange.Removed;
import dev.otapair.client.torture.DiskChange.Renamed;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A disk in memory, for code that works with {@link Files} and {@link FileChannel}; it writes down every change. Knows what the
 * store needs, and throws at all else. Not thread-safe.
 */
final class MemoryDisk extends FileSystem {
    private final DiskImage image;
    private final List<DiskChange> changes = new ArrayList<>();
    private final Provider provider = new Provider();
    private int nextNumber;

    /** @param image what is on it, all of it for good; belongs to the disk from now on */
    MemoryDisk(DiskImage image) {
        this.image = image;
        this.nextNumber = image.nextNumber();
    }

    /** Returns what was done to it so far, in order. */
    List<DiskChange> changes() {
        return changes;
    }

    /** Returns a path on it. */
    Path path(String absolute) {
        return new MemoryPath(this, Path.of(absolute));
    }

    void change(DiskChange change) {
        image.apply(change);
        changes.add(change);
    }

    byte[] content(Node node) {
        return image.content(node);
    }

    private Node require(Path path) throws NoSuchFileException {
        return image.find(path.toString()).orElseThrow(() -> new NoSuchFileException(path.toString()));
    }

    private void make(Path path, boolean isFolder, String target) throws IOException {
        Path parent = path.getParent();
        if (!require(parent).isFolder()) {
            throw new NotDirectoryException(parent.toString());
        }
        if (image.find(path.toString()).isPresent()) {
            throw new FileAlreadyExistsException(path.toString());
        }
        change(new Made(path.toString(), new Node(nextNumber++, isFolder, target)));
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        // There is nothing to give back.
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(path("/"));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return Set.of("basic", "posix", "unix");
    }

    @Override
    public Path getPath(String first, String... more) {
        return new MemoryPath(this, Path.of(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        PathMatcher plain = FileSystems.getDefault().getPathMatcher(syntaxAndPattern);
        return path -> plain.matches(Path.of(path.toString()));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        throw new UnsupportedOperationException("users");
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException("watching");
    }

    private final class Provider extends FileSystemProvider {
        @Override
        public String getScheme() {
            return "memory";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
            throw new UnsupportedOperationException("another disk");
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            return MemoryDisk.this;
        }

        @Override
        public Path getPath(URI uri) {
            return path(uri.getPath());
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            boolean isThere = image.find(path.toString()).isPresent();
            if (options.contains(StandardOpenOption.CREATE_NEW)
                    || !isThere && options.contains(StandardOpenOption.CREATE)) {
                make(path, false, "");
            }
            Node node = require(path);
            if (options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
                change(new DiskChange.Cut(node, 0));
            }
            DiskChange synced = node.isFolder() ? new FolderSynced(path.toString()) : new FileSynced(node);
            int start = options.contains(StandardOpenOption.APPEND) ? content(node).length : 0;
            return new MemoryChannel(MemoryDisk.this, node, synced, start);
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            if (!require(folder).isFolder()) {
                throw new NotDirectoryException(folder.toString());
            }
            List<Path> accepted = new ArrayList<>();
            for (String name : image.list(folder.toString())) {
                if (filter.accept(path(name))) {
                    accepted.add(path(name));
                }
            }
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    return accepted.iterator();
                }

                @Override
                public void close() {
                    // Nothing is open.
                }
            };
        }

        @Override
        public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
            make(folder, true, "");
        }

        @Override
        public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) throws IOException {
            make(link, false, target.toString());
        }

        @Override
        public Path readSymbolicLink(Path link) throws IOException {
            return Path.of(require(link).target());
        }

        @Override
        public void delete(Path path) throws IOException {
            if (require(path).isFolder() && !image.list(path.toString()).isEmpty()) {
                throw new DirectoryNotEmptyException(path.toString());
            }
            change(new Removed(path.toString()));
        }

        @Override
        public void copy(Path from, Path to, CopyOption... options) {
            throw new UnsupportedOperationException("copy");
        }

        @Override
        public void move(Path from, Path to, CopyOption... options) throws IOException {
            Node node = require(from);
            boolean isPlain = !node.isFolder() && from.getParent().equals(to.getParent());
            Optional<Node> replaced = image.find(to.toString());
            if (!isPlain || !List.of(options).contains(StandardCopyOption.ATOMIC_MOVE)) {
                throw new UnsupportedOperationException("move of " + from + " to " + to);
            }
            if (replaced.filter(Node::isFolder).isPresent()) {
                throw new FileAlreadyExistsException(to.toString());
            }
            change(new Renamed(from.toString(), to.toString(), node));
        }

        @Override
        public boolean isSameFile(Path one, Path other) {
            return one.equals(other);
        }

        @Override
        public boolean isHidden(Path path) {
            return path.getFileName().toString().startsWith(".");
        }

        /** As within a chroot, where no mount is listed. */
        @Override
        public FileStore getFileStore(Path path) throws IOException {
            throw new IOException("Mount point not found");
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            require(path);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
            return type.cast(new MemoryAttributes.View(() -> attributes(path)));
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return type.cast(attributes(path));
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String names, LinkOption... options) throws IOException {
            if (!names.equals("unix:uid,nlink,mode")) {
                throw new UnsupportedOperationException(names);
            }
            require(path);
            return Map.of("uid", Files.getAttribute(Path.of("/proc/self"), "unix:uid"), "nlink", 1, "mode", 0_644);
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
            throw new UnsupportedOperationException(attribute);
        }

        private MemoryAttributes attributes(Path path) throws IOException {
            Node node = require(path);
            return new MemoryAttributes(node, content(node).length);
        }
    }
}
