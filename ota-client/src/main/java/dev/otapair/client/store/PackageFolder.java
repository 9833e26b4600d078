package dev.otapair.client.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/** The board's packages: whole and verified under their names, one incomplete one under a name of its own. */
public final class PackageFolder {
    private static final Logger LOG = Loggers.of(PackageFolder.class);

    private final Path folder;
    private final OptionalLong maxSize;
    private final DurableFiles files;
    private final Places places;
    private final Runnable goesOn;

    /**
     * @param folder created when it is missing
     * @param maxSize of a package in bytes; empty leaves it to the free space
     * @param places under which names packages lie
     * @param goesOn asked now and then while a package is read; throws to end the work
     */
    public PackageFolder(Path folder, OptionalLong maxSize, DurableFiles files, Places places, Runnable goesOn) {
        this.folder = folder;
        this.maxSize = maxSize;
        this.files = files;
        this.places = places;
        this.goesOn = goesOn;
    }

    /** As above, on a board that keeps nothing, and is never told to end. */
    public PackageFolder(Path folder, OptionalLong maxSize, DurableFiles files) {
        this(folder, maxSize, files, Places.asNamed(), () -> {});
    }

    /** Returns the name under which a package lies here, or will. */
    public PackageName placeOf(PackageResponse whole) {
        PackageName place = places.of(whole.latest(), whole.digest());
        boolean isThere = !place.equals(whole.latest()) && holds(whole.latest(), whole.size(), whole.digest());
        return isThere ? whole.latest() : place;
    }

    /**
     * Returns where a package is to be put, now that it is about to come there.
     *
     * @throws OtaException CANNOT_WRITE, also when the locale has no way to write the name
     */
    public Path claim(PackageResponse whole) {
        PackageName place = placeOf(whole);
        places.claim(place);
        return pathOf(place);
    }

    /**
     * Returns where a place is.
     *
     * @throws OtaException CANNOT_WRITE when the locale has no way to write the name
     */
    public Path pathOf(PackageName name) {
        try {
            return name.in(folder);
        } catch (IllegalArgumentException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s is no file name in this locale; set LC_ALL=C.UTF-8 where the client is started".formatted(name),
                    e);
        }
    }

    /**
     * Sees, before anybody is asked, that packages can be kept here: that it can be written, and that something is free, or may need
     * not be.
     *
     * @param installed the places of packages that were installed: of no use to an update
     * @throws OtaException CANNOT_WRITE, naming the folder
     */
    public void prepare(Set<PackageName> installed) {
        try {
            files.ensureWritableFolder(folder);
            files.tidy(folder);
            if (room() == 0 && !holdsSomethingOfUse(installed)) {
                FreeSpace space = space();
                throw new OtaException(
                        ErrorCode.CANNOT_WRITE,
                        "path: %s has %d bytes free, and %d are kept free: no package fits; remove old packages"
                                .formatted(folder, space.free(), space.reserve()));
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** A package that is here, or some of one, may be what is on offer, and need little room or none. */
    private boolean holdsSomethingOfUse(Set<PackageName> installed) throws IOException {
        Set<String> spent = installed.stream().map(PackageName::value).collect(Collectors.toSet());
        return Folders.first(folder, each -> {
                    String name = each.getFileName().toString();
                    boolean isFile = Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS);
                    boolean isOfUse = name.equals(PieceFolder.NAME) || isFile && !spent.contains(name);
                    return isOfUse ? Optional.of(each) : Optional.empty();
                })
                .isPresent();
    }

    /**
     * Removes what is here incomplete of other packages than one. A folder with such a name is none of ours.
     *
     * @param wanted empty removes all
     * @throws OtaException CANNOT_WRITE
     */
    public void removePartials(Optional<Digest> wanted) {
        Optional<Path> kept = wanted.map(digest -> PartialFile.pathOf(folder, digest));
        try {
            for (Path partial : Folders.list(folder, name -> name.startsWith(PartialFile.PREFIX))) {
                if (Files.isDirectory(partial, LinkOption.NOFOLLOW_LINKS)) {
                    LOG.warn("{} is a folder, and left alone", partial);
                } else if (kept.filter(partial::equals).isEmpty()) {
                    Files.delete(partial);
                }
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /**
     * Says whether exactly this package is here already, as after a script that failed. Reads all of it.
     *
     * @throws OtaException IO_ERROR if it is here and cannot be read
     */
    public boolean holds(PackageResponse whole) {
        return holds(placeOf(whole), whole.size(), whole.digest());
    }

    /** As above, in a place. */
    public boolean holds(PackageName place, long size, Digest digest) {
        return holds(place, size, digest, goesOn);
    }

    /** As above, for work that goes on by its own rule. */
    public boolean holds(PackageName place, long size, Digest digest, Runnable goesOn) {
        Path file = pathOf(place);
        try {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && Files.size(file) == size
                    && digestOf(file, digest.algorithm(), goesOn).equals(digest);
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /** Returns the size of the file in a place; empty if there is none. */
    public Optional<Long> sizeOf(PackageName place) {
        try {
            return Files.isRegularFile(pathOf(place), LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(Files.size(pathOf(place)))
                    : Optional.empty();
        } catch (IOException e) {
            throw FileFault.unreadable(pathOf(place), e);
        }
    }

    /** Says whether a place is filled, by whatever. */
    public boolean isThere(PackageName place) {
        return Files.exists(pathOf(place), LinkOption.NOFOLLOW_LINKS);
    }

    /** Says whether some of the package with this SHA-256 may be here. */
    public boolean hasPartial(Digest sha256) {
        return Files.exists(PartialFile.pathOf(folder, sha256), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Sees whether a package may come and fits. Where it does not, what is here incomplete of others goes first.
     *
     * @param whole the package
     * @param held how many bytes of it are here
     * @throws OtaException PACKAGE_TOO_LARGE, CANNOT_WRITE
     */
    public void requireRoom(PackageResponse whole, long held) {
        if (maxSize.isPresent() && whole.size() > maxSize.getAsLong()) {
            throw new OtaException(
                    ErrorCode.PACKAGE_TOO_LARGE,
                    "%s has %d bytes, max_package_size allows %d"
                            .formatted(whole.latest(), whole.size(), maxSize.getAsLong()));
        }
        long missing = whole.size() - held;
        if (missing > room()) {
            removePartials(Optional.of(whole.digest()));
        }
        if (missing > room()) {
            FreeSpace space = space();
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s has %d bytes, of which %d are here; %s has %d free, of which %d are kept free; remove old packages"
                            .formatted(whole.latest(), whole.size(), held, folder, space.free(), space.reserve()));
        }
    }

    /**
     * Begins to receive a package, or goes on with it where its digest names it well enough. Removes what is here of others. Reads what is here of it.
     *
     * @param announced all of it
     * @return open, to be closed by the caller
     * @throws OtaException PACKAGE_TOO_LARGE, or CANNOT_WRITE when it does not fit on the disk
     */
    public PartialFile open(PackageResponse announced) {
        boolean canResume = announced.digest().algorithm() == Digest.Algorithm.SHA256;
        removePartials(Optional.of(announced.digest()).filter(digest -> canResume));
        try {
            PartialFile partial = canResume
                    ? PartialFile.resume(folder, announced, files, goesOn)
                    : PartialFile.create(folder, announced, files);
            return withRoom(announced, partial);
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s cannot be kept as %s: %s"
                            .formatted(
                                    announced.latest(),
                                    PartialFile.pathOf(folder, announced.digest()),
                                    FileFault.why(e)),
                    e);
        }
    }

    /**
     * Removes what lies in a place that something else is to fill.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void discard(PackageName place) {
        try {
            files.delete(pathOf(place));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /**
     * Makes a package of something else, and gives it its place for good.
     *
     * @param maker writes it, verified and on the disk, to a file that is not there yet
     * @throws OtaException CANNOT_WRITE; or as {@code maker} does, then nothing is left
     */
    public <E extends Exception> void make(PackageResponse whole, Maker<E> maker) throws E {
        Path unfinished = folder.toAbsolutePath()
                .resolve(DurableFiles.TEMPORARY + whole.digest().hex());
        try {
            maker.make(unfinished, unfinished.resolveSibling(unfinished.getFileName() + ".scratch"));
            files.rename(unfinished, claim(whole));
        } catch (IOException e) {
            removeAfter(e, unfinished);
            throw unwritable(e);
        }
    }

    private static void removeAfter(IOException failure, Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Writes a package to a file. */
    @FunctionalInterface
    public interface Maker<E extends Exception> {
        /**
         * Makes it.
         *
         * @param scratch for what is needed on the way; removed in the end
         * @throws E what it failed with
         */
        void make(Path target, Path scratch) throws E;
    }

    private PartialFile withRoom(PackageResponse announced, PartialFile partial) {
        try {
            requireRoom(announced, partial.size());
            return partial;
        } catch (OtaException e) {
            partial.close();
            throw e;
        }
    }

    /** Returns how many bytes may still be written here. */
    public long room() {
        return space().room();
    }

    private FreeSpace space() {
        return FreeSpace.at(folder);
    }

    private OtaException unwritable(IOException cause) {
        return new OtaException(
                ErrorCode.CANNOT_WRITE,
                "path: %s cannot be written: %s".formatted(folder, FileFault.why(cause)),
                cause);
    }

    private static Digest digestOf(Path file, Digest.Algorithm algorithm, Runnable goesOn) throws IOException {
        try (FileChannel content = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return new ContentDigester(algorithm)
                    .updateAll(new WatchedChannel(content, goesOn))
                    .finish(algorithm);
        }
    }
}
