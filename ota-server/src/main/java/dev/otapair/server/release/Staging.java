package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Makes releases ready in {@code .staged}: the package, if it comes from elsewhere, and the metadata, without a signature. Their counters are
 * given for good. Used by a {@link Publisher}, under its lock.
 */
final class Staging {
    private static final Logger LOG = Loggers.of(Staging.class);

    /** Stands in for a package and a manifest while nothing but the draft is looked at; none takes more room. */
    private static final Content ANY_CONTENT =
            new Content(PackageResponse.MAX_SIZE, new Digest(Digest.Algorithm.SHA256, "0".repeat(64)));

    private final Premises premises;
    private final Clock clock;
    private final ReleaseShelf shelf;
    private final ReleaseShelf staged;
    private final ReleaseContent contents;
    private final Intake intake;
    private final ReleaseCounter counter;
    private final ReleaseList list;

    Staging(
            Premises premises,
            ReleaseContent contents,
            Intake intake,
            ReleaseCounter counter,
            ReleaseList list,
            Clock clock) {
        this.premises = premises;
        this.clock = clock;
        this.shelf = premises.shelf();
        this.staged = premises.staged();
        this.contents = contents;
        this.intake = intake;
        this.counter = counter;
        this.list = list;
    }

    /**
     * Takes a file or a tree in, and says what it is.
     *
     * @return the name of its package
     * @throws OtaException METADATA_REJECTED or RELEASE_REFUSED before anything is read, else as of {@link Publisher#publish}
     */
    PackageName stage(Source source, Draft draft) {
        PackageName name = intake.nameOf(source);
        requireNew(name);
        List<KeyId> revoked =
                last(draft.product()).map(ReleaseMetadata::revoked).orElse(List.of());
        long release = next(draft);
        requireValid(() -> draft.toMetadata(name, release, ANY_CONTENT, anyManifest(source), clock.instant(), revoked)
                .toBytes());
        Intake.Taken taken = intake.take(source, name);
        counter.give(release);
        if (taken.isInPlace()) {
            staged.removePackage(name);
        }
        writeStaged(requireValid(
                () -> draft.toMetadata(name, release, taken.content(), taken.manifest(), clock.instant(), revoked)));
        return name;
    }

    /**
     * Says anew what a package is that was published.
     *
     * @throws OtaException IO_ERROR or DIGEST_MISMATCH if it is not here as it was published, METADATA_REJECTED, RELEASE_REFUSED
     */
    void stageAgain(PackageName name, Publisher.Again changes) {
        ReleaseMetadata old = premises.published(name).metadata();
        Draft draft = new Draft(
                old.product(),
                old.version(),
                changes.release(),
                changes.lifetime(),
                old.minFrom(),
                old.floor(),
                changes.carriesOn() ? old.revoked() : List.of(),
                changes.carriesOn(),
                old.isUrgent(),
                changes.notes().orElse(old.notes()));
        List<KeyId> revoked = last(old.product()).map(ReleaseMetadata::revoked).orElse(List.of());
        long release = next(draft);
        ReleaseMetadata metadata = requireValid(
                () -> draft.toMetadata(name, release, old.content(), old.manifest(), clock.instant(), revoked));
        requireValid(metadata::toBytes);
        contents.requireWhole(shelf.packageOf(name), old);
        counter.give(release);
        staged.removePackage(name);
        writeStaged(metadata);
    }

    private static Optional<Content> anyManifest(Source source) {
        return source.form() == Source.Form.TREE
                ? Optional.of(new Content(Manifest.MAX_BYTES, ANY_CONTENT.sha256()))
                : Optional.empty();
    }

    private void writeStaged(ReleaseMetadata metadata) {
        byte[] bytes = requireValid(metadata::toBytes);
        staged.metadata(metadata.name())
                .ifPresent(before -> LOG.warn(
                        "{} was staged already, and is anew, as release {}: what was signed before is of no use",
                        metadata.name(),
                        metadata.release()));
        staged.writeMetadata(metadata.name(), new SignedMetadata(new Octets(bytes), List.of()));
    }

    private Optional<ReleaseMetadata> last(Product product) {
        return premises.book().read(product).map(offer -> offer.release().metadata());
    }

    private long next(Draft draft) {
        long last = last(draft.product()).map(ReleaseMetadata::release).orElse(0L);
        return counter.next(draft.release(), draft.product(), last, list.all());
    }

    /** What was published stays what it is: boards and people know it by its name. */
    private void requireNew(PackageName name) {
        Optional<SignedMetadata> before = shelf.metadata(name);
        if (before.isPresent() && shelf.hasPackage(name)) {
            SignedRelease release = SignedRelease.of(before.get());
            throw new OtaException(
                    ErrorCode.RELEASE_REFUSED,
                    ("%s is published already, as release %d. 'offer %s' offers it, 'offer --again %s' does so under a new"
                                    + " counter; another content needs another name")
                            .formatted(name, release.metadata().release(), name, name));
        }
    }

    private static <T> T requireValid(Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            throw new OtaException(ErrorCode.METADATA_REJECTED, e.getMessage(), e);
        }
    }
}
