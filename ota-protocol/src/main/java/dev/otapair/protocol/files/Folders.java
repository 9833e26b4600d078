package dev.otapair.protocol.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is in a folder. The only class that goes through Java's lists of names: those report a disk that fails in the middle by an unchecked
 * exception, which reads as a defect; here it is an {@link IOException} as at their beginning. Stateless and thread-safe; blocks on the disk.
 */
public final class Folders {
    /** Gets the children of a folder, one by one. */
    @FunctionalInterface
    public interface Visitor {
        /** @throws IOException ends the visit, and is what it fails with */
        void visit(Path child) throws IOException;
    }

    /** Looks among the children of a folder for what is wanted. */
    @FunctionalInterface
    public interface Search<T> {
        /**
         * @return empty to go on
         * @throws IOException ends the search, and is what it fails with
         */
        Optional<T> look(Path child) throws IOException;
    }

    private Folders() {}

    /**
     * Returns the children of a folder; all their names are held, and the folder is not open any more.
     *
     * @return sorted by name
     * @throws java.nio.file.NoSuchFileException if it is missing
     * @throws IOException if it is no folder, or cannot be read to its end
     */
    public static List<Path> list(Path folder) throws IOException {
        return list(folder, name -> true);
    }

    /**
     * As above, of some of them.
     *
     * @param isWanted asked with each child's name
     */
    public static List<Path> list(Path folder, Predicate<String> isWanted) throws IOException {
        List<Path> children = new ArrayList<>();
        visit(folder, child -> {
            if (isWanted.test(child.getFileName().toString())) {
                children.add(child);
            }
        });
        children.sort(null);
        return children;
    }

    /**
     * Returns what is in a folder and in the folders in it, at any depth; links are among it, and not followed.
     *
     * @return each folder before what is in it
     * @throws IOException as above, also where one of them goes meanwhile
     */
    public static List<Path> listAll(Path folder) throws IOException {
        List<Path> all = new ArrayList<>();
        for (Path child : list(folder)) {
            all.add(child);
            if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                all.addAll(listAll(child));
            }
        }
        return all;
    }

    /**
     * Goes through the children of a folder, in no order, however many there are: none is held. They may be removed on the way.
     *
     * @throws java.nio.file.NoSuchFileException if it is missing
     * @throws IOException if it is no folder, or cannot be read to its end; some were visited then
     */
    public static void visit(Path folder, Visitor visitor) throws IOException {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            visit(children, visitor);
        }
    }

    /**
     * As above, of a folder that is open.
     *
     * @param children stays open
     */
    public static void visit(DirectoryStream<Path> children, Visitor visitor) throws IOException {
        first(children, child -> {
            visitor.visit(child);
            return Optional.empty();
        });
    }

    /**
     * Goes through the children of a folder, in no order, until one is what is looked for.
     *
     * @return empty if none is
     * @throws IOException if it is no folder, or cannot be read that far
     */
    public static <T> Optional<T> first(Path folder, Search<T> search) throws IOException {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            return first(children, search);
        }
    }

    /**
     * Opens a folder, so that what is in it can be reached without the folder's path, which may lead elsewhere by now.
     *
     * @return to be closed by the caller
     * @throws IOException if it is no folder, or cannot be opened
     */
    public static SecureDirectoryStream<Path> enter(Path folder) throws IOException {
        DirectoryStream<Path> children = Files.newDirectoryStream(folder);
        if (children instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        children.close();
        throw new IOException("this Java cannot enter a folder without its path");
    }

    private static <T> Optional<T> first(DirectoryStream<Path> children, Search<T> search) throws IOException {
        try {
            for (Path child : children) {
                Optional<T> found = search.look(child);
                if (found.isPresent()) {
                    return found;
                }
            }
            return Optional.empty();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }
}
