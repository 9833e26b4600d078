package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.server.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.function.Supplier;
import org.slf4j.Logger;

/** Where releases are, and how one at a time changes what is there. */
final class Premises {
    private static final Logger LOG = Loggers.of(Premises.class);
    /** Where releases are made ready, in the folder of packages. */
    static final String STAGED = ".staged";

    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Path packages;
    private final Path state;
    private final DurableFiles files;
    private final ReleaseShelf shelf;
    private final ReleaseShelf staged;
    private final ObjectStore objects;
    private final OfferBook book;

    /**
     * @param packages the folder of packages; exists
     * @param state the server's state folder; made if it is missing
     */
    Premises(Path packages, Path state, DurableFiles files) {
        this.packages = packages;
        this.state = state;
        this.files = files;
        this.shelf = new ReleaseShelf(packages, files);
        this.staged = new ReleaseShelf(packages.resolve(STAGED), files);
        this.objects = new ObjectStore(packages, files);
        this.book = new OfferBook(state, files);
    }

    Path packages() {
        return packages;
    }

    Path state() {
        return state;
    }

    DurableFiles files() {
        return files;
    }

    /** Returns the releases that have their place. */
    ReleaseShelf shelf() {
        return shelf;
    }

    /** Returns those that are made ready. */
    ReleaseShelf staged() {
        return staged;
    }

    ObjectStore objects() {
        return objects;
    }

    OfferBook book() {
        return book;
    }

    /** Returns the release of this name that has its place. */
    SignedRelease published(PackageName name) {
        return shelf.metadata(name).map(SignedRelease::of).orElseThrow(() -> unpublished(name));
    }

    /**
     * Does something while nobody else publishes, after what those before were interrupted in has been mended.
     *
     * @throws OtaException SERVER_BUSY if somebody else is at work for too long, CANNOT_WRITE
     */
    <T> T locked(Supplier<T> work) {
        try {
            files.ensureWritableFolder(state);
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "state_dir: %s cannot be written: %s".formatted(state, FileFault.why(e)),
                    e);
        }
        PublishLock lock = PublishLock.take(state, files, PATIENCE);
        try {
            mend();
            return work.get();
        } finally {
            lock.close();
        }
    }

    private OtaException unpublished(PackageName name) {
        return new OtaException(
                ErrorCode.IO_ERROR,
                staged.metadata(name).isPresent()
                        ? "%s is staged, and not signed yet: 'sign %s --key KEY', then offer it; or 'publish --signature'"
                                .formatted(name, name)
                        : "%s has no metadata in %s; 'releases' lists what has been published"
                                .formatted(name, packages));
    }

    /** Brings to its end what a publisher before began and was interrupted in. */
    private void mend() {
        staged.removeRemains();
        for (PublishedOffer offer : book.read(new ArrayList<>()).values()) {
            try {
                mend(offer.release());
            } catch (OtaException e) {
                LOG.warn("{} is left as it is: {}", offer.release(), e.getMessage());
            }
        }
    }

    /** What is newer than the book was not left by a publisher: then the state folder is from a backup. */
    private void mend(SignedRelease offered) {
        PackageName name = offered.metadata().name();
        boolean isOlder = shelf.metadata(name)
                .map(SignedRelease::of)
                .filter(here -> here.metadata().release() > offered.metadata().release())
                .isEmpty();
        if (isOlder && shelf.hasPackage(name) && !shelf.holds(name, offered.signed())) {
            shelf.writeMetadata(name, offered.signed());
        }
        if (staged.holdsBytesOf(name, offered.signed())) {
            staged.remove(name);
        }
    }
}
