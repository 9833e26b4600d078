package dev.otapair.client.torture;

import dev.otapair.client.torture.DiskChange.Node;
import java.io.File;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;

/** What a {@link MemoryDisk} says of a file: all files belong to the same one, and all may be read and written. */
record MemoryAttributes(Node node, long size) implements PosixFileAttributes {
    private static final FileTime NEVER = FileTime.fromMillis(0);

    /** The one user there is. */
    private record Somebody(String getName) implements GroupPrincipal {
        private static final Somebody ROOT = new Somebody("root");
    }

    @Override
    public UserPrincipal owner() {
        return Somebody.ROOT;
    }

    @Override
    public GroupPrincipal group() {
        return Somebody.ROOT;
    }

    @Override
    public Set<PosixFilePermission> permissions() {
        return Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    }

    @Override
    public FileTime lastModifiedTime() {
        return NEVER;
    }

    @Override
    public FileTime lastAccessTime() {
        return NEVER;
    }

    @Override
    public FileTime creationTime() {
        return NEVER;
    }

    @Override
    public boolean isRegularFile() {
        return !node.isFolder() && !node.isLink();
    }

    @Override
    public boolean isDirectory() {
        return node.isFolder();
    }

    @Override
    public boolean isSymbolicLink() {
        return node.isLink();
    }

    @Override
    public boolean isOther() {
        return false;
    }

    @Override
    public Object fileKey() {
        return node;
    }

    /** Reads them. */
    interface Source {
        MemoryAttributes read() throws IOException;
    }

    /** Lets them be set, which changes nothing. */
    record View(Source source) implements PosixFileAttributeView {
        @Override
        public String name() {
            return "posix";
        }

        @Override
        public PosixFileAttributes readAttributes() throws IOException {
            return source.read();
        }

        @Override
        public void setTimes(FileTime modified, FileTime accessed, FileTime created) {
            // Times are not kept.
        }

        @Override
        public void setPermissions(Set<PosixFilePermission> permissions) {
            // Everybody may do all.
        }

        @Override
        public void setGroup(GroupPrincipal group) {
            // There is one.
        }

        @Override
        public UserPrincipal getOwner() {
            return Somebody.ROOT;
        }

        @Override
        public void setOwner(UserPrincipal owner) {
            // There is one.
        }
    }

    /** Has space for everything. */
    static final class Space extends File {
        private static final long serialVersionUID = 1L;
        private static final long SPACE = 1L << 40;

        Space(String path) {
            super(path);
        }

        @Override
        public long getTotalSpace() {
            return SPACE;
        }

        @Override
        public long getUsableSpace() {
            return SPACE;
        }
    }
}
