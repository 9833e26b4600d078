package dev.otapair.client.torture;

import java.io.File;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;

/** A path on a {@link MemoryDisk}: a plain one that leads there. */
record MemoryPath(MemoryDisk disk, Path plain) implements Path {
    private Path on(Path other) {
        return other == null ? null : new MemoryPath(disk, other);
    }

    private static Path plainOf(Path other) {
        return other instanceof MemoryPath path ? path.plain : other;
    }

    @Override
    public File toFile() {
        return new MemoryAttributes.Space(plain.toString());
    }

    @Override
    public FileSystem getFileSystem() {
        return disk;
    }

    @Override
    public boolean isAbsolute() {
        return plain.isAbsolute();
    }

    @Override
    public Path getRoot() {
        return on(plain.getRoot());
    }

    @Override
    public Path getFileName() {
        return on(plain.getFileName());
    }

    @Override
    public Path getParent() {
        return on(plain.getParent());
    }

    @Override
    public int getNameCount() {
        return plain.getNameCount();
    }

    @Override
    public Path getName(int index) {
        return on(plain.getName(index));
    }

    @Override
    public Path subpath(int begin, int end) {
        return on(plain.subpath(begin, end));
    }

    @Override
    public boolean startsWith(Path other) {
        return plain.startsWith(plainOf(other));
    }

    @Override
    public boolean endsWith(Path other) {
        return plain.endsWith(plainOf(other));
    }

    @Override
    public Path normalize() {
        return on(plain.normalize());
    }

    @Override
    public Path resolve(Path other) {
        return on(plain.resolve(plainOf(other)));
    }

    @Override
    public Path relativize(Path other) {
        return on(plain.relativize(plainOf(other)));
    }

    @Override
    public URI toUri() {
        return URI.create("memory:" + plain);
    }

    @Override
    public Path toAbsolutePath() {
        return on(plain.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) {
        return on(plain.toAbsolutePath().normalize());
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
        throw new UnsupportedOperationException("watching");
    }

    @Override
    public int compareTo(Path other) {
        return plain.compareTo(plainOf(other));
    }

    @Override
    public String toString() {
        return plain.toString();
    }
}
