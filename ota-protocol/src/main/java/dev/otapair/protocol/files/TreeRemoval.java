package dev.otapair.protocol.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * Removes a folder and all in it, and nothing else, whoever owns what is in it and changes it meanwhile: each folder is entered from the one it
 * is in, and no link is followed. Not thread-safe.
 */
final class TreeRemoval {
    /** So many folders are held open, one in the other; what is deeper was made to be in the way. */
    private static final int MAX_DEPTH = 512;

    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final int MOUNT_POINT_FIELD = 4;
    private static final Set<PosixFilePermission> OWNERS = PosixFilePermissions.fromString("rwx------");

    private final boolean isRoot;

    private TreeRemoval(boolean isRoot) {
        this.isRoot = isRoot;
    }

    /**
     * Does it. What is mounted somewhere in it is left alone, with all the rest.
     *
     * @param folder there; may be a file
     * @throws IOException if something is mounted in it, or it cannot be removed; some of it may be gone then
     */
    static void remove(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        requireNothingMounted(folder);
        try (SecureDirectoryStream<Path> around = Folders.enter(parent)) {
            new TreeRemoval(UserId.isRoot()).remove(around, parent.resolve(folder.getFileName()), 0);
        }
    }

    private void remove(SecureDirectoryStream<Path> around, Path path, int depth) throws IOException {
        Path name = path.getFileName();
        boolean isFolder = around.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes()
                .isDirectory();
        if (!isFolder) {
            around.deleteFile(name);
            return;
        }
        if (depth == MAX_DEPTH) {
            throw new FileSystemException(path.toString(), null, "it is too deep");
        }
        if (!isRoot) {
            // Its owner may not be allowed to enter it. By the path: nobody but root can change what is somebody
            // else's.
            Files.setPosixFilePermissions(path, OWNERS);
        }
        try (SecureDirectoryStream<Path> children = around.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            Folders.visit(children, child -> remove(children, path.resolve(child.getFileName()), depth + 1));
        }
        around.deleteDirectory(name);
    }

    /** @throws IOException if something is mounted in a folder: then it is used by others than who made it */
    static void requireNothingMounted(Path folder) throws IOException {
        if (!Files.isReadable(MOUNTS) || !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        String start = folder.toRealPath() + "/";
        // Names are bytes there, and need not be text.
        Optional<String> mounted = Files.readAllLines(MOUNTS, StandardCharsets.ISO_8859_1).stream()
                .map(line -> line.split(" "))
                .filter(fields -> fields.length > MOUNT_POINT_FIELD)
                .map(fields -> unescaped(fields[MOUNT_POINT_FIELD]))
                .filter(point -> point.startsWith(start))
                .findFirst();
        if (mounted.isPresent()) {
            throw new FileSystemException(
                    folder.toString(), null, "%s is mounted in it; unmount that".formatted(mounted.get()));
        }
    }

    /** Blanks and the like are written as three octal digits. */
    private static String unescaped(String field) {
        byte[] bytes = new byte[field.length()];
        int count = 0;
        for (int i = 0; i < field.length(); i++) {
            boolean isEscape = field.charAt(i) == '\\' && i + 3 < field.length();
            if (isEscape) {
                bytes[count++] = (byte) Integer.parseInt(field.substring(i + 1, i + 4), 8);
                i += 3;
            } else {
                bytes[count++] = (byte) field.charAt(i);
            }
        }
        return new String(bytes, 0, count, StandardCharsets.UTF_8);
    }
}
