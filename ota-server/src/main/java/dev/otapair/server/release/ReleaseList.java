package dev.otapair.server.release;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.server.tree.TreeSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;

/** What there is of releases: those on the shelf, those that are staged, and which of them are offered. Stateless. */
final class ReleaseList {
    private static final Logger LOG = Loggers.of(ReleaseList.class);

    private final ReleaseShelf shelf;
    private final ReleaseShelf staged;
    private final OfferBook book;
    private final Pins pins;
    private final ReleaseContent contents;
    private final KeyRing trusted;

    ReleaseList(Premises premises, ReleaseContent contents, KeyRing trusted) {
        this.shelf = premises.shelf();
        this.staged = premises.staged();
        this.book = premises.book();
        this.pins = new Pins(premises.state(), premises.files());
        this.contents = contents;
        this.trusted = trusted;
    }

    /** Returns all that is here, the newest first. */
    List<ReleaseEntry> entries() {
        Map<Product, PublishedOffer> offers = offers();
        Set<PackageName> pinned = pinned();
        List<ReleaseEntry> entries = new ArrayList<>();
        for (PackageName name : staged.names()) {
            entries.add(entry(name, staged, offers, false));
        }
        for (PackageName name : shelf.names()) {
            entries.add(entry(name, shelf, offers, pinned.contains(name)));
        }
        entries.sort(null);
        return entries;
    }

    /** Returns all that can be read, wherever it stands. */
    List<ReleaseMetadata> all() {
        return Stream.of(staged, shelf)
                .flatMap(where -> where.names().stream().flatMap(name -> metadataOf(where, name).stream()))
                .toList();
    }

    /** Returns the offers of all products; says which ones cannot be read, and goes on without them as the daemon does. */
    Map<Product, PublishedOffer> offers() {
        List<String> faults = new ArrayList<>();
        Map<Product, PublishedOffer> offers = book.read(faults);
        faults.forEach(LOG::warn);
        return offers;
    }

    private Set<PackageName> pinned() {
        try {
            return pins.read();
        } catch (OtaException e) {
            LOG.warn("{}", e.getMessage());
            return Set.of();
        }
    }

    private ReleaseEntry entry(
            PackageName name, ReleaseShelf where, Map<Product, PublishedOffer> offers, boolean isPinned) {
        try {
            SignedRelease release = SignedRelease.of(where.metadata(name).orElseThrow());
            boolean isHere = where == staged || shelf.hasPackage(name) && contents.hasManifest(release.metadata());
            ReleaseEntry.State state = where == staged
                    ? ReleaseEntry.State.STAGED
                    : !isHere ? ReleaseEntry.State.INCOMPLETE : stateOf(release, offers);
            return new ReleaseEntry(
                    name,
                    state,
                    Optional.of(release),
                    treeOf(release),
                    trusted.signersOf(release.signed()),
                    isPinned,
                    where.metadataOf(name));
        } catch (OtaException e) {
            return ReleaseEntry.damaged(name, where.metadataOf(name));
        }
    }

    private Optional<TreeSize> treeOf(SignedRelease release) {
        try {
            return contents.sizeOf(release.metadata());
        } catch (OtaException e) {
            LOG.warn("{}: {}", release, e.getMessage());
            return Optional.empty();
        }
    }

    private static ReleaseEntry.State stateOf(SignedRelease release, Map<Product, PublishedOffer> offers) {
        return Optional.ofNullable(offers.get(release.metadata().product()))
                .filter(offer ->
                        offer.release().signed().bytes().equals(release.signed().bytes()))
                .map(offer -> offer.isWithdrawn() ? ReleaseEntry.State.WITHDRAWN : ReleaseEntry.State.OFFERED)
                .orElse(ReleaseEntry.State.PUBLISHED);
    }

    private static Optional<ReleaseMetadata> metadataOf(ReleaseShelf where, PackageName name) {
        try {
            return where.metadata(name).map(SignedRelease::of).map(SignedRelease::metadata);
        } catch (OtaException e) {
            return Optional.empty();
        }
    }
}
