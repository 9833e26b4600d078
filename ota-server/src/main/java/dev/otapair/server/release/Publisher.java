package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.tree.Progress;
import dev.otapair.server.tree.TreeSize;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * What an administrator does with releases. A release is made ready in {@code .staged} of the folder of packages, and gets its
 * place step by step: metadata, signatures, package, and the offer by one rename, which has all that boards are told. Whoever is
 * interrupted leaves the offer before or the new one, and the next publisher mends the rest. One publisher at a time; the daemon
 * and the boards notice the offer only.
 *
 * @see "PROTOCOL.md, section 8: Releases"
 */
public final class Publisher {
    private static final Logger LOG = Loggers.of(Publisher.class);

    private final Premises premises;
    private final KeyRing trusted;
    private final ReleaseShelf shelf;
    private final ReleaseShelf staged;
    private final ReleaseContent contents;
    private final Intake intake;
    private final OfferBook book;
    private final OfferRules rules;
    private final Staging staging;
    private final ReleaseList list;

    /**
     * What of a release is where.
     *
     * @param release as it reads
     * @param metadataFile what is, or is to be, signed
     */
    public record Step(SignedRelease release, Path metadataFile) {}

    /**
     * @param packages the folder of packages; exists
     * @param state the server's state folder; made if it is missing
     * @param trusted the keys of the boards, as far as this machine knows them; empty: none is known, any will do
     * @param progress is told how far long work is
     */
    public Publisher(Path packages, Path state, KeyRing trusted, DurableFiles files, Clock clock, Progress progress) {
        this.premises = new Premises(packages, state, files);
        this.trusted = trusted;
        this.shelf = premises.shelf();
        this.staged = premises.staged();
        this.book = premises.book();
        this.contents = new ReleaseContent(premises.objects(), progress);
        this.intake = new Intake(premises, progress);
        this.rules = new OfferRules(trusted, book);
        this.list = new ReleaseList(premises, contents, trusted);
        this.staging = new Staging(premises, contents, intake, new ReleaseCounter(state, files), list, clock);
    }

    /**
     * Makes a release of a file, as it is, or of a tree, and offers it.
     *
     * @param keys sign it; none leaves it unsigned, which {@code trusted} must allow
     * @throws OtaException METADATA_REJECTED, RELEASE_REFUSED, SIGNATURE_REJECTED, CANNOT_WRITE, IO_ERROR, SERVER_BUSY, and
     *     PACKAGE_REJECTED if a tree holds what a release cannot have; then the offer is what it was
     */
    public Step publish(Source source, Draft draft, List<SigningKey> keys) {
        rules.requireSignable(keys);
        intake.requireFit(source);
        return premises.locked(() -> {
            PackageName name = staging.stage(source, draft);
            return complete(name, signaturesBy(name, keys), true);
        });
    }

    /** Makes a release of a file or a tree ready to be signed elsewhere. Its counter is given for good; nothing is offered. */
    public Step stage(Source source, Draft draft) {
        intake.requireFit(source);
        return premises.locked(() -> stagedStep(staging.stage(source, draft)));
    }

    /**
     * Offers a release that was staged, once it is signed.
     *
     * @param signatures files with a signature each, by keys that are trusted here; none where they stand beside the metadata
     */
    public Step finish(PackageName name, List<Path> signatures) {
        return premises.locked(() -> {
            SignedMetadata metadata = staged.metadata(name)
                    .orElseThrow(() -> new OtaException(
                            ErrorCode.IO_ERROR, "%s is not staged: use 'publish --stage-only' first".formatted(name)));
            List<Signature> given = signatures.stream()
                    .map(file -> rules.identified(file, metadata))
                    .toList();
            return complete(name, OfferRules.merged(metadata.signatures(), given), false);
        });
    }

    /**
     * Offers a release that is here, unless a newer one was offered to the same product. One that was staged and is signed by now
     * gets its place.
     */
    public Step offer(PackageName name) {
        return premises.locked(() -> {
            Optional<SignedMetadata> waiting = staged.metadata(name);
            if (waiting.isPresent() && !waiting.get().signatures().isEmpty()) {
                return complete(name, waiting.get().signatures(), false);
            }
            SignedRelease release = published(name);
            rules.requireNewestOf(release.metadata(), true);
            rules.requireTrusted(release.signed());
            contents.requireWhole(shelf.packageOf(name), release.metadata());
            book.put(new PublishedOffer(release, false));
            return new Step(release, shelf.metadataOf(name));
        });
    }

    /** Offers the package of an old release as a new one: the way back, for boards as well. */
    public Step again(PackageName name, Again changes, List<SigningKey> keys) {
        rules.requireSignable(keys);
        return premises.locked(() -> {
            staging.stageAgain(name, changes);
            return complete(name, signaturesBy(name, keys), true);
        });
    }

    /** Makes the new release of an old package ready to be signed elsewhere; {@link #finish} offers it. */
    public Step stageAgain(PackageName name, Again changes) {
        return premises.locked(() -> {
            staging.stageAgain(name, changes);
            return stagedStep(name);
        });
    }

    /**
     * What {@link #again} says anew.
     *
     * @param lifetime until it expires; empty is for ever
     * @param notes empty keeps the old ones
     * @param carriesOn as of a {@link Draft}
     */
    public record Again(OptionalLong release, Optional<Duration> lifetime, Optional<String> notes, boolean carriesOn) {}

    /**
     * Offers a release no more; where it is not on offer, drops it from those that are staged. Never both.
     *
     * @throws OtaException IO_ERROR if it is neither
     */
    public Withdrawal withdraw(PackageName name) {
        return premises.locked(() -> {
            List<PublishedOffer> offers = list.offers().values().stream()
                    .filter(offer -> !offer.isWithdrawn()
                            && offer.release().metadata().name().equals(name))
                    .toList();
            if (offers.isEmpty()) {
                return drop(name, name + " is neither on offer nor staged");
            }
            offers.forEach(offer -> book.put(new PublishedOffer(offer.release(), true)));
            List<Product> products = offers.stream()
                    .map(offer -> offer.release().metadata().product())
                    .toList();
            return new Withdrawal(products, false, staged.metadata(name).isPresent());
        });
    }

    /**
     * Drops a release that is staged; what is on offer under its name stays.
     *
     * @throws OtaException IO_ERROR if none is
     */
    public Withdrawal dropStaged(PackageName name) {
        return premises.locked(() -> drop(name, name + " is not staged"));
    }

    /**
     * What was taken back.
     *
     * @param products whose boards are offered nothing now
     * @param wasDropped whether a release that was staged is gone
     * @param isStaged whether one is still staged under that name
     */
    public record Withdrawal(List<Product> products, boolean wasDropped, boolean isStaged) {
        public Withdrawal {
            products = List.copyOf(products);
        }
    }

    /** Adds signatures to a release that is here or staged; where it is on offer, to the offer as well. */
    public Step sign(PackageName name, List<SigningKey> keys) {
        rules.requireSignable(keys);
        return premises.locked(() -> {
            boolean isStaged = staged.metadata(name).isPresent();
            ReleaseShelf where = isStaged ? staged : shelf;
            SignedRelease before =
                    isStaged ? SignedRelease.of(staged.metadata(name).get()) : published(name);
            Stream<Signature> made =
                    keys.stream().map(key -> key.sign(before.signed().bytes().toBytes()));
            SignedMetadata signed = new SignedMetadata(
                    before.signed().bytes(), OfferRules.merged(before.signed().signatures(), made.toList()));
            SignedRelease after = new SignedRelease(before.metadata(), signed);
            where.writeMetadata(name, signed);
            book.read(before.metadata().product())
                    .filter(offer -> offer.release().signed().bytes().equals(signed.bytes()))
                    .ifPresent(offer -> book.put(new PublishedOffer(after, offer.isWithdrawn())));
            return new Step(after, where.metadataOf(name));
        });
    }

    /** Returns the release of this name that is here. */
    public SignedRelease published(PackageName name) {
        return premises.published(name);
    }

    /**
     * Says how large the tree of a release is, whose manifest is here; empty for one that is a file.
     *
     * @throws OtaException IO_ERROR or DIGEST_MISMATCH, if the manifest is missing or damaged
     */
    public Optional<TreeSize> treeOf(SignedRelease release) {
        return contents.sizeOf(release.metadata());
    }

    /**
     * Checks a release as a board does.
     *
     * @param packageFile with its metadata and signatures beside it; one of the folder of packages is checked with all that its tree
     *     consists of
     * @throws OtaException IO_ERROR, SIGNATURE_REJECTED, METADATA_REJECTED or DIGEST_MISMATCH, in this order
     */
    public Verification verify(Path packageFile) {
        return Verification.of(packageFile, trusted, isHere(packageFile) ? Optional.of(contents) : Optional.empty());
    }

    private boolean isHere(Path packageFile) {
        Path folder = packageFile.toAbsolutePath().normalize().getParent();
        return premises.packages().toAbsolutePath().normalize().equals(folder);
    }

    /** Returns all that is here, the newest first. */
    public List<ReleaseEntry> releases() {
        return list.entries();
    }

    private Withdrawal drop(PackageName name, String otherwise) {
        if (staged.metadata(name).isEmpty()) {
            throw new OtaException(ErrorCode.IO_ERROR, otherwise);
        }
        staged.remove(name);
        return new Withdrawal(List.of(), true, false);
    }

    private Step stagedStep(PackageName name) {
        return new Step(SignedRelease.of(staged.metadata(name).orElseThrow()), staged.metadataOf(name));
    }

    /**
     * From here on every step may be the last one, and be repeated: what is staged goes when all is in its place. The offer has all
     * that boards are told. So a package that is on the shelf already, with other metadata, is offered before that is replaced, file
     * by file; who reads the shelf meanwhile asks the book, and who is interrupted {@link Premises#mend mends} it from there.
     *
     * @param isKnown whether the package was read just now
     */
    private Step complete(PackageName name, List<Signature> signatures, boolean isKnown) {
        SignedMetadata signed =
                new SignedMetadata(staged.metadata(name).orElseThrow().bytes(), signatures);
        SignedRelease release = SignedRelease.of(signed);
        rules.requireTrusted(signed);
        rules.requireNewestOf(release.metadata(), shelf.metadata(name).isPresent());
        rules.warnOfRevoked(release);
        ReleaseShelf whereItIs = staged.hasPackage(name) ? staged : shelf;
        if (!isKnown) {
            contents.requireWhole(whereItIs.packageOf(name), release.metadata());
        }
        if (whereItIs == staged) {
            shelf.writeMetadata(name, signed);
            shelf.takePackage(name, staged);
            book.put(new PublishedOffer(release, false));
        } else {
            book.put(new PublishedOffer(release, false));
            shelf.writeMetadata(name, signed);
        }
        staged.remove(name);
        return new Step(release, shelf.metadataOf(name));
    }

    private List<Signature> signaturesBy(PackageName name, List<SigningKey> keys) {
        byte[] bytes = staged.metadata(name).orElseThrow().bytes().toBytes();
        return OfferRules.merged(
                List.of(), keys.stream().map(key -> key.sign(bytes)).toList());
    }
}
