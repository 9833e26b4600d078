package dev.otapair.server.release;

import dev.otapair.protocol.message.PackageName;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is to be published.
 *
 * @param path of a file, or, as a tree, also of a folder
 * @param form what it becomes
 * @param name of the package; empty takes the one of the file, or the one of the folder with {@code .tar.gz} behind it
 * @param keepsOwners whether the files of a folder belong to whom they belong here, by number, rather than to root; an archive says itself
 */
public record Source(Path path, Form form, Optional<PackageName> name, boolean keepsOwners) {
    /** What a release consists of. */
    public enum Form {
        /** One file, as it is. */
        FILE,
        /** What a folder or an archive holds. */
        TREE
    }

    /** Returns what publishes a file as it is, under its own name. */
    public static Source ofFile(Path file) {
        return new Source(file, Form.FILE, Optional.empty(), false);
    }

    /** Returns what publishes the content of a folder or an archive, under its own name. */
    public static Source ofTree(Path folderOrArchive) {
        return new Source(folderOrArchive, Form.TREE, Optional.empty(), false);
    }
}
