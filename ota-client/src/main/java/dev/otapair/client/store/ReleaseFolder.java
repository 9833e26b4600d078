package dev.otapair.client.store;

import dev.otapair.client.store.Journal.Links;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * What the board runs, in the folder of packages: {@code current} and {@code previous}, symbolic links each switched by one rename,
 * to a package or to a folder below {@code releases}.
 *
 * @see "docs/installing.md, section 1: One step"
 */
public final class ReleaseFolder {
    private static final Logger LOG = Loggers.of(ReleaseFolder.class);
    private static final String CURRENT = "current";
    private static final String PREVIOUS = "previous";

    /** What is being unpacked; it gets its name when the disk has all of it. */
    private static final String UNPACKING = DurableFiles.TEMPORARY;

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
        Path place = unpackingOf(next);
        try {
            files.ensureWritableFolder(place.getParent());
            files.deleteTree(place);
            return place;
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
    }

    /** Returns a file for what is needed while a release is put together: no package's name begins with a space. */
    public Path scratch() {
        return folder.resolve(Deployment.UNPACKED).resolve(UNPACKING + " scratch");
    }

    /**
     * Makes an empty folder, for what is taken out of a release. What an earlier one could not remove is in nobody's way.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public Path makeAside() {
        Path place = folder.resolve(Deployment.UNPACKED);
        try {
            return Files.createTempDirectory(place, UNPACKING + " aside");
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
    }

    /**
     * Gives what has been unpacked, and is on the disk, its name: a folder that has a name is whole. An earlier one of that name is
     * none that is kept.
     */
    public void unpacked(Deployment next) {
        discard(placeOf(next));
        try {
            files.rename(unpackingOf(next), placeOf(next));
        } catch (IOException e) {
            throw FileFault.unwritable(placeOf(next), e);
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
     * Lets {@code current} name a release, and {@code previous} the one before it; durable when it returns.
     *
     * @param previous empty leaves that link alone
     * @throws OtaException CANNOT_WRITE
     */
    public void point(Deployment current, Optional<Deployment> previous) {
        previous.ifPresent(before -> link(PREVIOUS, before.target()));
        link(CURRENT, current.target());
    }

    /**
     * Lets both links name what they did.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void restore(Links before) {
        link(PREVIOUS, before.previous());
        link(CURRENT, before.current());
    }

    /** Returns what both links name, relative to the folder of packages. */
    public Links links() {
        return new Links(targetOf(CURRENT), targetOf(PREVIOUS));
    }

    /** Returns the last names of what both links name, which may be anything. */
    public Set<String> linkedNames() {
        return Stream.of(CURRENT, PREVIOUS)
                .map(this::targetOf)
                .flatMap(target -> Optional.ofNullable(Path.of(target).getFileName()).stream())
                .map(Path::toString)
                .collect(Collectors.toSet());
    }

    /** Says whether {@code current} names a release, however the link is spelled. */
    public boolean isCurrent(Deployment deployment) {
        String link = targetOf(CURRENT);
        return !link.isEmpty()
                && folder.resolve(link).normalize().equals(placeOf(deployment).normalize());
    }

    /**
     * Sees that both links can be made: that nothing else has their names.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void requireLinks() {
        for (String name : List.of(CURRENT, PREVIOUS)) {
            Path link = folder.resolve(name);
            if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(link)) {
                throw new OtaException(
                        ErrorCode.CANNOT_WRITE,
                        "%s is there, and is no link: the client keeps one under that name; move it away"
                                .formatted(link));
            }
        }
    }

    /**
     * Removes what lies in places that are not needed any more, packages and unpacked ones. Where it cannot, says so: it is no one's
     * failure.
     *
     * @return those that are empty now
     */
    public List<String> remove(Collection<String> places) {
        List<String> empty = new ArrayList<>();
        for (String place : places) {
            try {
                discard(folder.resolve(Deployment.UNPACKED).resolve(place));
                boolean wasThere = files.delete(folder.resolve(place));
                empty.add(place);
                if (wasThere) {
                    LOG.info("Removed {}, which is kept no more", place);
                }
            } catch (OtaException e) {
                LOG.warn("{}", e.getMessage());
            } catch (IOException e) {
                LOG.warn("{} cannot be removed: {}", place, FileFault.why(e));
            }
        }
        return empty;
    }

    /** Removes what runs that were cut have left. What cannot be removed only takes room. */
    public void tidy() {
        Path unpacked = folder.resolve(Deployment.UNPACKED);
        if (!Files.isDirectory(unpacked, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Folders.list(unpacked, name -> name.startsWith(UNPACKING)).forEach(this::removeRemains);
        } catch (IOException e) {
            LOG.warn("What a cut run left in {} cannot be found: {}", unpacked, FileFault.why(e));
        }
    }

    private void removeRemains(Path each) {
        try {
            files.deleteTree(each);
        } catch (IOException e) {
            LOG.warn("{}, which a cut run left, cannot be removed: {}", each, FileFault.why(e));
        }
    }

    /** A folder loses its name before its content: one that has a name is whole. */
    private void discard(Path tree) {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path nameless = tree.resolveSibling(UNPACKING + "gone-" + tree.getFileName());
        try {
            files.requireNothingMounted(tree);
            files.deleteTree(nameless);
            files.rename(tree, nameless);
            files.deleteTree(nameless);
        } catch (IOException e) {
            throw FileFault.unwritable(tree, e);
        }
    }

    private Path unpackingOf(Deployment next) {
        return folder.resolve(Deployment.UNPACKED).resolve(UNPACKING + next.place());
    }

    private String targetOf(String name) {
        Path link = folder.resolve(name);
        try {
            return Files.isSymbolicLink(link) ? Files.readSymbolicLink(link).toString() : "";
        } catch (IOException e) {
            throw FileFault.unreadable(link, e);
        }
    }

    /** What it names already stays as it is: nothing is written. */
    private void link(String name, String target) {
        Path link = folder.resolve(name);
        try {
            if (targetOf(name).equals(target)) {
                return;
            }
            if (target.isEmpty()) {
                files.delete(link);
            } else {
                files.replaceLink(link, Path.of(target));
            }
        } catch (IOException e) {
            throw FileFault.unwritable(link, e);
        }
    }
}
