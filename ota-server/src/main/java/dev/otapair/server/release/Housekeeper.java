package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.server.store.BoardRecord;
import dev.otapair.server.store.LedgerFile;
import dev.otapair.server.store.ObjectStore;
import dev.otapair.server.tree.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import org.slf4j.Logger;

/**
 * Makes room: removes releases that are old enough, and all that no release needs. What a release needs is known from the metadata files,
 * those that are staged and the offers included; where one of these cannot be read, nothing is removed at all. Metadata go for good
 * before what they name does, so whoever is interrupted leaves no release in pieces. One at a time with publishers; the daemon goes on with
 * what it has open.
 *
 * @see "docs/increments.md, section 2: On the server's disk"
 */
public final class Housekeeper {
    private static final Logger LOG = Loggers.of(Housekeeper.class);

    /** What is younger may be in the making, by somebody who does not take the lock. */
    private static final Duration GRACE = Duration.ofHours(1);

    private static final Set<BoardState> OVER = Set.of(BoardState.ROLLED_BACK, BoardState.FAILED);

    private final Premises premises;
    private final ReleaseContent contents;
    private final Pins pins;
    private final Clock clock;

    /**
     * What was removed, or would be.
     *
     * @param releases the newest first
     * @param objects contents of trees
     * @param bytes in packages and contents
     * @param leftovers files of those who were interrupted
     */
    public record Cleaned(List<PackageName> releases, long objects, long bytes, long leftovers) {
        public Cleaned {
            releases = List.copyOf(releases);
        }
    }

    /**
     * @param packages the folder of packages; exists
     * @param state the server's state folder; made if it is missing
     */
    public Housekeeper(Path packages, Path state, DurableFiles files, Clock clock) {
        this.premises = new Premises(packages, state, files);
        this.contents = new ReleaseContent(premises.objects(), Progress.NONE);
        this.pins = new Pins(state, files);
        this.clock = clock;
    }

    /**
     * Keeps a release, however many newer ones there are.
     *
     * @return whether it was not pinned before
     * @throws OtaException IO_ERROR if it is not here, CANNOT_WRITE if too many are pinned
     */
    public boolean pin(PackageName name) {
        return premises.locked(() -> {
            premises.published(name);
            SortedSet<PackageName> names = pins.read();
            boolean isNew = names.add(name);
            pins.write(names);
            return isNew;
        });
    }

    /**
     * Keeps a release no longer than others.
     *
     * @throws OtaException IO_ERROR if it is not pinned
     */
    public void unpin(PackageName name) {
        premises.locked(() -> {
            SortedSet<PackageName> names = pins.read();
            if (!names.remove(name)) {
                throw new OtaException(ErrorCode.IO_ERROR, name + " is not pinned; pinned are: " + names);
            }
            pins.write(names);
            return name;
        });
    }

    /**
     * Removes what is of no use any more: of each product the releases beyond its newest ones, but for those that are on offer, pinned,
     * named in config.ini, or that a board runs or is busy with, as far as boards say; then all contents that no release needs.
     *
     * @param newest how many of each product stay, 1 or more; empty is all
     * @param named in config.ini
     * @param isRehearsal whether to count only
     * @throws OtaException IO_ERROR if it cannot be known what is needed: nothing is removed then; CANNOT_WRITE, SERVER_BUSY
     */
    public Cleaned clean(OptionalInt newest, Set<PackageName> named, boolean isRehearsal) {
        return premises.locked(() -> {
            Map<PackageName, SignedRelease> needed = releasesOf(premises.shelf());
            Map<PackageName, SignedRelease> staged = releasesOf(premises.staged());
            List<SignedRelease> offered = offered();
            Kept kept = keptOf(offered, named);
            // What is staged may be a new release of a package that has its place.
            kept.names().addAll(staged.keySet());
            List<PackageName> surplus = newest.isEmpty() ? List.of() : surplus(needed, newest.getAsInt(), kept);
            surplus.forEach(needed::remove);
            Set<Digest> neededObjects = new HashSet<>();
            addObjectsOf(needed.values(), neededObjects);
            addObjectsOf(staged.values(), neededObjects);
            addObjectsOf(offered, neededObjects);
            long bytes = 0;
            for (PackageName name : surplus) {
                bytes += remove(name, isRehearsal);
            }
            Instant youngest = clock.instant().minus(GRACE);
            ObjectStore.Swept swept = premises.objects().sweep(neededObjects::contains, youngest, isRehearsal);
            return new Cleaned(
                    surplus,
                    swept.objects(),
                    bytes + swept.bytes(),
                    swept.leftovers() + removeLeftovers(youngest, isRehearsal));
        });
    }

    /** A release whose package is missing takes no other one's place. */
    private List<PackageName> surplus(Map<PackageName, SignedRelease> here, int newest, Kept kept) {
        List<PackageName> newestFirst = here.keySet().stream()
                .sorted(Comparator.comparingLong(
                                (PackageName name) -> here.get(name).metadata().release())
                        .reversed())
                .toList();
        Map<Product, Integer> counts = new HashMap<>();
        List<PackageName> surplus = new ArrayList<>();
        for (PackageName name : newestFirst) {
            ReleaseMetadata release = here.get(name).metadata();
            int count = counts.getOrDefault(release.product(), 0);
            counts.put(release.product(), count + (premises.shelf().hasPackage(name) ? 1 : 0));
            if (count >= newest && !kept.holds(name, release)) {
                surplus.add(name);
            }
        }
        return surplus;
    }

    /** Who is kept whatever the number of newer ones: by name, and by the counters that boards run. */
    private record Kept(Set<PackageName> names, Map<Product, Set<Long>> counters) {
        boolean holds(PackageName name, ReleaseMetadata release) {
            return names.contains(name)
                    || counters.getOrDefault(release.product(), Set.of()).contains(release.release());
        }
    }

    private Kept keptOf(List<SignedRelease> offered, Set<PackageName> named) {
        Kept kept = new Kept(new HashSet<>(pins.read()), new HashMap<>());
        kept.names().addAll(named);
        offered.forEach(release -> kept.names().add(release.metadata().name()));
        LedgerFile.Content boards = LedgerFile.read(premises.state());
        if (boards.damaged() > 0) {
            LOG.warn(
                    "{} has {}: what those boards run is not known, and not kept for them",
                    LedgerFile.file(premises.state()),
                    Count.of(boards.damaged(), "damaged line"));
        }
        boards.boards().values().forEach(board -> keep(board, kept));
        return kept;
    }

    private static void keep(BoardRecord board, Kept kept) {
        Set<Long> counters = kept.counters().computeIfAbsent(board.product(), product -> new HashSet<>());
        board.installed().ifPresent(kept.names()::add);
        counters.add(board.release());
        Optional<Report> busyWith = board.state().filter(report -> !OVER.contains(report.state()));
        busyWith.flatMap(Report::about).ifPresent(kept.names()::add);
        busyWith.ifPresent(report -> counters.add(report.release()));
    }

    /** By the names that their files have: those count here, whatever somebody has renamed. */
    private static Map<PackageName, SignedRelease> releasesOf(ReleaseShelf shelf) {
        Map<PackageName, SignedRelease> releases = new HashMap<>();
        for (PackageName name : shelf.names()) {
            try {
                shelf.metadata(name).map(SignedRelease::of).ifPresent(release -> releases.put(name, release));
            } catch (OtaException e) {
                throw unknown(shelf.metadataOf(name) + " cannot be read", e);
            }
        }
        return releases;
    }

    private List<SignedRelease> offered() {
        List<String> faults = new ArrayList<>();
        List<SignedRelease> offered = premises.book().read(faults).values().stream()
                .map(PublishedOffer::release)
                .toList();
        if (!faults.isEmpty()) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, "nothing is removed, since it is not known what is needed: " + faults.get(0));
        }
        return offered;
    }

    private void addObjectsOf(Collection<SignedRelease> releases, Set<Digest> needed) {
        for (SignedRelease release : releases) {
            Optional<Digest> manifest = release.metadata().manifest().map(Content::sha256);
            if (manifest.filter(needed::add).isPresent()) {
                needed.addAll(objectsOf(release));
            }
        }
    }

    private List<Digest> objectsOf(SignedRelease release) {
        try {
            return contents.manifestOf(release.metadata()).stream()
                    .flatMap(manifest -> manifest.objects().stream())
                    .map(Content::sha256)
                    .toList();
        } catch (OtaException e) {
            throw unknown("the manifest of %s cannot be read".formatted(release), e);
        }
    }

    private static OtaException unknown(String what, OtaException cause) {
        return new OtaException(
                ErrorCode.IO_ERROR,
                ("nothing is removed, since it is not known what is needed: %s (%s). Remove that release's files, or bring back what is"
                                + " missing")
                        .formatted(what, cause.getMessage()),
                cause);
    }

    /** Returns how many bytes its package has. */
    private long remove(PackageName name, boolean isRehearsal) {
        try {
            long bytes = premises.shelf().hasPackage(name)
                    ? Files.size(premises.shelf().packageOf(name))
                    : 0;
            if (!isRehearsal) {
                premises.shelf().remove(name);
            }
            return bytes;
        } catch (IOException e) {
            throw FileFault.unwritable(premises.shelf().packageOf(name), e);
        }
    }

    /** Files that were written, and never got their name. */
    private long removeLeftovers(Instant youngest, boolean isRehearsal) {
        long count = 0;
        for (Path folder : List.of(premises.packages(), premises.state(), OfferBook.folder(premises.state()))) {
            try {
                for (Path file : Folders.list(folder, name -> name.startsWith(DurableFiles.TEMPORARY))) {
                    count += isLeftover(file, youngest) && (isRehearsal || Files.deleteIfExists(file)) ? 1 : 0;
                }
            } catch (NoSuchFileException e) {
                LOG.debug("{} is not there", folder);
            } catch (IOException e) {
                throw FileFault.unwritable(folder, e);
            }
        }
        return count;
    }

    private static boolean isLeftover(Path file, Instant youngest) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile()
                    && !attributes.lastModifiedTime().toInstant().isAfter(youngest);
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
