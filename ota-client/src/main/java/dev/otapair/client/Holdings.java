package dev.otapair.client;

import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PartialFile;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Predicate;

/** What a board holds of the package that is on offer, and how the rest is put to it. Outlives connections. One run; not thread-safe. */
final class Holdings implements AutoCloseable {
    private final PackageFolder packages;
    private final Predicate<PackageResponse> isBuilt;
    private Optional<PackageResponse> notHeld = Optional.empty();
    private Optional<PartialFile> partial = Optional.empty();
    private boolean beganWithRemains;

    /**
     * @param packages where they are
     * @param isBuilt whether a package's release was put together here, and is in its place
     */
    Holdings(PackageFolder packages, Predicate<PackageResponse> isBuilt) {
        this.packages = packages;
        this.isBuilt = isBuilt;
    }

    /**
     * Says whether all of a package is here, or what comes of it. Looks once in a run: all of it is read.
     *
     * @throws OtaException IO_ERROR if it is here and cannot be read
     */
    boolean hold(PackageResponse whole) {
        boolean isHeld = notHeld.filter(whole::equals).isEmpty() && (packages.holds(whole) || isBuilt.test(whole));
        notHeld = Optional.of(whole).filter(missing -> !isHeld);
        return isHeld;
    }

    /** Says whether some of a package may be here, and is not open yet. */
    boolean hasRemainsOf(PackageResponse whole) {
        return bytesOf(whole.digest()) == 0 && packages.hasPartial(whole.digest());
    }

    /** Returns how many bytes of a content are here that can be gone on with, as far as they were opened. */
    long bytesOf(Digest digest) {
        return partial.filter(file -> file.canResume() && file.isOf(digest))
                .map(PartialFile::size)
                .orElse(0L);
    }

    /** Says whether all bytes of a package have come, right or not. */
    boolean hasAllBytesOf(PackageResponse whole) {
        return partial.isPresent() && bytesOf(whole.digest()) == whole.size();
    }

    /**
     * Sees whether a package may come and fits.
     *
     * @param held how many bytes of it are here
     * @throws OtaException PACKAGE_TOO_LARGE, CANNOT_WRITE
     */
    void requireRoom(PackageResponse whole, long held) {
        packages.requireRoom(whole, held);
    }

    /**
     * Opens what is here of a package, or begins it, in place of what was open. Reads what is here.
     *
     * @throws OtaException PACKAGE_TOO_LARGE, CANNOT_WRITE
     */
    void open(PackageResponse whole) {
        close();
        partial = Optional.of(packages.open(whole));
        beganWithRemains = received() > 0;
    }

    /**
     * Appends what has come to what is open.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void append(ByteBuffer bytes) {
        partial.orElseThrow().append(bytes);
    }

    /** Returns how many bytes are in what is open; 0 if nothing is. */
    long received() {
        return partial.map(PartialFile::size).orElse(0L);
    }

    /** Says whether something is open, and can be gone on with by another connection. */
    boolean canResume() {
        return partial.isPresent() && partial.get().canResume();
    }

    /** Says whether some of what was opened last was here before. */
    boolean beganWithRemains() {
        return beganWithRemains;
    }

    /**
     * Verifies what is open, if anything is, and gives it its place.
     *
     * @throws OtaException DIGEST_MISMATCH, CANNOT_WRITE; then it has not got it
     */
    void finish(PackageResponse whole) {
        partial.ifPresent(file -> file.finish(packages.claim(whole)));
    }

    /** Removes what is here of packages that are not whole. */
    void drop() {
        close();
        packages.removePartials(Optional.empty());
    }

    /** Closes what is open; what can be gone on with stays. */
    @Override
    public void close() {
        partial.ifPresent(PartialFile::close);
        partial = Optional.empty();
    }
}
