package dev.otapair.client.store;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the board runs, in the folder of packages: {@code current} and {@code previous}, symbolic links each switched by one rename,
 * to a package or to a folder below {@code releases}.
 *
 * @see "docs/installing.md, section 1: One step"
 */
public final class ReleaseFolder {
    private static final Logger LOG = LoggerFactory.getLogger(ReleaseFolder.class);
    private static final String CURRENT = "current";
    private static final String PREVIOUS = "previous";

    /** What is being unpacked; it gets its name when the disk has all of it. */
    private static final String UNPACKING = ".tmp-";

    private final Path folder;
    private final DurableFiles files;

    /** @param folder of the packages; must exist before anything is written */
    public ReleaseFolder(Path folder, DurableFiles files) {
        this.folder = folder;
        this.files = files;
    }

    /** Returns where a release is, or will be: a package or a folder. */
    public Path placeOf(Deployment deployment) {
        return folder.resolve(deployment.target());
    }

    /** Returns where a package is unpacked until it is whole: to be made by the caller; what a cut run left there is gone. */
    public Path unpacking(Deployment next) {
        Path place = folder.resolve(Deployment.UNPACKED).resolve(UNPACKING + next.name());
        try {
            files.ensureWritableFolder(place.getParent());
            files.deleteTree(place);
            return place;
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
    }

    /** Gives what has been unpacked, and is on the disk, its name; in place of an earlier one that nobody runs. */
    public void unpacked(Deployment next) {
        Path place = placeOf(next);
        try {
            files.deleteTree(place);
            files.rename(place.resolveSibling(UNPACKING + next.name()), place);
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
    }

    /** Says whether a release is here, as far as a look at its place tells. */
    public boolean holds(Deployment deployment) {
        Path place = placeOf(deployment);
        return deployment.isUnpacked()
                ? Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)
                : Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Lets {@code current} and {@code previous} name these; durable when it returns.
     *
     * @param current empty removes the link
     * @param previous likewise
     * @throws OtaException CANNOT_WRITE
     */
    public void point(Optional<Deployment> current, Optional<Deployment> previous) {
        link(PREVIOUS, previous);
        link(CURRENT, current);
    }

    /** Returns what {@code current} names, relative to the folder of packages; empty if there is no such link. */
    public Optional<String> current() {
        Path link = folder.resolve(CURRENT);
        try {
            return Files.isSymbolicLink(link)
                    ? Optional.of(Files.readSymbolicLink(link).toString())
                    : Optional.empty();
        } catch (IOException e) {
            throw FileFault.unreadable(link, e);
        }
    }

    /**
     * Lets {@code current} name again what it did, where that is nothing that is known here.
     *
     * @param target as the link held it; empty removes the link
     */
    public void restore(String target) {
        Path link = folder.resolve(CURRENT);
        try {
            if (!target.isEmpty()) {
                files.replaceLink(link, Path.of(target));
            } else if (Files.isSymbolicLink(link)) {
                files.delete(link);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(link, e);
        }
    }

    /**
     * Removes releases that are kept no more, packages and unpacked ones. Where it cannot, says so: it is no one's failure.
     *
     * @param kept whose files stay, under whatever name the others have
     */
    public void remove(Collection<Deployment> old, Collection<Deployment> kept) {
        Set<String> names = kept.stream().map(each -> each.name().value()).collect(Collectors.toSet());
        Set<String> targets = kept.stream().map(Deployment::target).collect(Collectors.toSet());
        for (Deployment deployment : old) {
            try {
                if (!targets.contains(deployment.target())) {
                    files.deleteTree(placeOf(deployment));
                }
                if (!names.contains(deployment.name().value())) {
                    files.delete(folder.resolve(deployment.name().value()));
                    LOG.info("Removed {}, which is kept no more", deployment);
                }
            } catch (IOException e) {
                LOG.warn("{} cannot be removed: {}", deployment, FileFault.why(e));
            }
        }
    }

    /** Removes what runs that were cut have left of unpacking. */
    public void tidy() {
        Path unpacked = folder.resolve(Deployment.UNPACKED);
        if (!Files.isDirectory(unpacked, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(unpacked, UNPACKING + "*")) {
            for (Path each : left) {
                files.deleteTree(each);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(unpacked, e);
        }
    }

    private void link(String name, Optional<Deployment> deployment) {
        Path link = folder.resolve(name);
        try {
            if (deployment.isPresent()) {
                files.replaceLink(link, Path.of(deployment.get().target()));
            } else if (Files.isSymbolicLink(link)) {
                files.delete(link);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(link, e);
        }
    }
}
