package dev.otapair.server.tree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;

/**
 * What lstat(2) says: of which kind a file is, and what tells that somebody has touched it.
 *
 * @param device and {@code inode}: which one it is, whatever its name
 * @param mode the kind and the permissions
 * @param user and {@code group}, unsigned
 * @param changed when it was written or got other attributes, which nobody can set
 */
record Stat(long device, long inode, int mode, long user, long group, long size, FileTime modified, FileTime changed) {
    private static final int KIND = 0170000;
    private static final int FILE = 0100000;
    private static final int FOLDER = 0040000;
    private static final int LINK = 0120000;
    private static final int PERMISSIONS = 07777;

    static Stat of(Path path) throws IOException {
        Map<String, Object> all = Files.readAttributes(
                path, "unix:dev,ino,mode,uid,gid,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
        return new Stat(
                (Long) all.get("dev"),
                (Long) all.get("ino"),
                (Integer) all.get("mode"),
                Integer.toUnsignedLong((Integer) all.get("uid")),
                Integer.toUnsignedLong((Integer) all.get("gid")),
                (Long) all.get("size"),
                (FileTime) all.get("lastModifiedTime"),
                (FileTime) all.get("ctime"));
    }

    boolean isFile() {
        return (mode & KIND) == FILE;
    }

    boolean isFolder() {
        return (mode & KIND) == FOLDER;
    }

    boolean isLink() {
        return (mode & KIND) == LINK;
    }

    int permissions() {
        return mode & PERMISSIONS;
    }

    /** Returns when it was changed last, in whole seconds since 1970. */
    long seconds() {
        return modified.toInstant().getEpochSecond();
    }

    /** Returns in a word what it is, where that is nothing a release can have. */
    String strangeKind() {
        return switch (mode & KIND) {
            case 0140000 -> "a socket";
            case 0010000 -> "a FIFO";
            case 0020000, 0060000 -> "a device";
            default -> "of an unknown kind";
        };
    }
}
