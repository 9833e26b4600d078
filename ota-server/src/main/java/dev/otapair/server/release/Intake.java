package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.server.store.ObjectStore;
import dev.otapair.server.tree.ExtendedAttributes;
import dev.otapair.server.tree.Progress;
import dev.otapair.server.tree.TreeArchive;
import dev.otapair.server.tree.TreeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Takes in what is to be published. What becomes of the source afterwards is of no account. Used under the publisher's lock. */
final class Intake {
    private static final String ARCHIVE_OF_FOLDER = ".tar.gz";

    private final Premises premises;
    private final TreeSource trees;
    private final TreeArchive archives;

    /**
     * What was taken in.
     *
     * @param content of the package
     * @param manifest of a tree
     * @param isInPlace whether the package has its place already; else it is staged
     */
    record Taken(Content content, Optional<Content> manifest, boolean isInPlace) {}

    Intake(Premises premises, Progress progress) {
        this.premises = premises;
        this.trees = new TreeSource(premises.objects(), ExtendedAttributes.ofThisMachine(), progress);
        this.archives = new TreeArchive(premises.objects(), progress);
    }

    /**
     * Says what the package will be called.
     *
     * @throws OtaException METADATA_REJECTED if that is no name for a package
     */
    PackageName nameOf(Source source) {
        Path last = source.path().toAbsolutePath().normalize().getFileName();
        if (last == null && source.name().isEmpty()) {
            throw new OtaException(ErrorCode.IO_ERROR, source.path() + " is not a file");
        }
        PackageName name = source.name()
                .orElseGet(() -> named(last + (Files.isDirectory(source.path()) ? ARCHIVE_OF_FOLDER : "")));
        if (ReleaseFiles.isReserved(name.value())) {
            throw new OtaException(
                    ErrorCode.METADATA_REJECTED,
                    name + " is no name for a package: metadata and signatures have such names");
        }
        return name;
    }

    /** Looks at a source before anything is done with it. */
    void requireFit(Source source) {
        Path path = source.path();
        boolean isTree = source.form() == Source.Form.TREE;
        if (isTree && Files.isDirectory(path)) {
            requireApart(path);
        } else if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, path + (isTree ? " is neither a file nor a folder" : " is not a file"));
        }
        Path folder = path.toAbsolutePath().normalize().getParent();
        if (premises.staged().folder().toAbsolutePath().normalize().equals(folder)) {
            throw new OtaException(
                    ErrorCode.IO_ERROR,
                    "%s is what a publisher keeps in %s; name the file itself".formatted(path, folder));
        }
    }

    /**
     * Takes in all of it; durable when this returns. On failure what is staged is as it was.
     *
     * @throws OtaException as {@link Publisher#publish}
     */
    Taken take(Source source, PackageName name) {
        if (source.form() == Source.Form.FILE) {
            return isInPlace(source.path(), name)
                    ? new Taken(premises.shelf().contentOf(name), Optional.empty(), true)
                    : staged(premises.staged().bringIn(source.path()), Optional.empty(), name);
        }
        if (Files.isDirectory(source.path())) {
            Manifest manifest = trees.folder(source.path(), source.keepsOwners());
            Content content = premises.staged().bringIn(out -> archives.write(manifest, out));
            return staged(content, Optional.of(manifest), name);
        }
        return isInPlace(source.path(), name) ? takeArchiveInPlace(name) : takeArchive(source.path(), name);
    }

    /** The copy is read, which nobody changes meanwhile. */
    private Taken takeArchive(Path archive, PackageName name) {
        ReleaseShelf staged = premises.staged();
        Content content = staged.bringIn(archive);
        try {
            return staged(content, Optional.of(trees.archive(staged.incoming())), name);
        } catch (RuntimeException e) {
            staged.dropIncoming();
            throw e;
        }
    }

    private Taken takeArchiveInPlace(PackageName name) {
        Content content = premises.shelf().contentOf(name);
        Manifest manifest = trees.archive(premises.shelf().packageOf(name));
        if (!premises.shelf().contentOf(name).equals(content)) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, premises.shelf().packageOf(name) + " has changed while it was read");
        }
        return new Taken(content, Optional.of(manifest.content()), true);
    }

    private Taken staged(Content content, Optional<Manifest> manifest, PackageName name) {
        ReleaseShelf shelf = premises.shelf();
        if (shelf.hasPackage(name) && !shelf.contentOf(name).equals(content)) {
            premises.staged().dropIncoming();
            throw new OtaException(
                    ErrorCode.RELEASE_REFUSED,
                    "%s is there already, with another content; publish under another name"
                            .formatted(shelf.packageOf(name)));
        }
        premises.staged().takeIncoming(name);
        return new Taken(content, manifest.map(Manifest::content), false);
    }

    /** A folder that holds what is made of it would never end. */
    private void requireApart(Path folder) {
        try {
            Path source = folder.toRealPath();
            for (Path own : Stream.of(premises.packages(), premises.state())
                    .filter(Files::isDirectory)
                    .toList()) {
                Path ours = own.toRealPath();
                boolean isOurs = Stream.of(premises.staged().folder(), ours.resolve(ObjectStore.FOLDER))
                        .anyMatch(source::startsWith);
                if (ours.startsWith(source) || isOurs) {
                    throw new OtaException(
                            ErrorCode.IO_ERROR,
                            "%s holds or is a folder of the server's own, %s".formatted(folder, own));
                }
            }
        } catch (IOException e) {
            throw FileFault.unreadable(folder, e);
        }
    }

    private boolean isInPlace(Path file, PackageName name) {
        try {
            return premises.shelf().hasPackage(name)
                    && Files.isSameFile(file, premises.shelf().packageOf(name));
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    private static PackageName named(String text) {
        try {
            return new PackageName(text);
        } catch (IllegalArgumentException e) {
            throw new OtaException(ErrorCode.METADATA_REJECTED, e.getMessage(), e);
        }
    }
}
