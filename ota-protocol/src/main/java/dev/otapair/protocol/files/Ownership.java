package dev.otapair.protocol.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Whose what this process makes is, and who may read it. Follows no link. Stateless. */
final class Ownership {
    private Ownership() {}

    /**
     * Gives what was just made to the owner of its folder, where that is another one. Owners can be changed by root alone; for
     * all others it stays with who made it, and others read it all the same.
     *
     * <p>That owner may by now have put anything else under this name, to be given that instead. So a link is never followed,
     * and what has another name elsewhere, as a hard link to a file of root's has, is not given away.
     *
     * @return whether it is the other one's now
     */
    static boolean giveToFoldersOwner(Path made) throws IOException {
        Path folder = made.toAbsolutePath().getParent();
        PosixFileAttributes around = Files.readAttributes(folder, PosixFileAttributes.class);
        PosixFileAttributeView view = itself(made);
        if (view.readAttributes().owner().equals(around.owner()) || !isAlone(made)) {
            return false;
        }
        try {
            view.setGroup(around.group());
            view.setOwner(around.owner());
            return true;
        } catch (FileSystemException e) {
            // Not root, see above.
            return false;
        }
    }

    /** Gives what was just made its mode: the administrator's umask says who reads his own files, not who reads these. */
    static void openTo(Set<PosixFilePermission> permissions, Path made) throws IOException {
        PosixFileAttributeView view = itself(made);
        if (!view.readAttributes().permissions().equals(permissions) && isAlone(made)) {
            view.setPermissions(permissions);
        }
    }

    /** Says whether there is no other way to this than its name: folders never have one. */
    private static boolean isAlone(Path made) throws IOException {
        PosixFileAttributes own = itself(made).readAttributes();
        return own.isDirectory()
                || own.isRegularFile()
                        && Files.getAttribute(made, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
                                .equals(1);
    }

    /** Returns what is said of something itself, where that is a link. */
    static PosixFileAttributeView itself(Path made) {
        return Files.getFileAttributeView(made, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    }
}
