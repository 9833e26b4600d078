package dev.otapair.client;

import dev.otapair.client.store.PieceFolder;
import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** What an {@link Increment} is to make, and what the board has to make it of. One release, one run; not thread-safe. */
interface Aim {
    /** What this board can decode. */
    Set<String> CODINGS = Coding.usable().stream().map(Coding::wireName).collect(Collectors.toUnmodifiableSet());

    /** Returns what to ask to learn what it would cost. */
    default PlanRequest question(Product product) {
        return new PlanRequest(
                product, want(), base(), ObjectNumbers.NONE, CODINGS, Optional.empty(), OptionalLong.empty());
    }

    /** Returns SHA-256 of what is wanted: of a manifest, or of a package. */
    Digest want();

    /** Returns likewise what the board holds; empty where that is nothing of use. */
    Optional<Digest> base();

    /** Returns which objects of the base are not here as they should be. Reads files, as far as {@code revalidate} asks. */
    ObjectNumbers damaged();

    /** Returns the manifest of the base, as text; empty where there is none. */
    Optional<byte[]> baseManifest();

    /** Returns size and SHA-256 of the manifest that is wanted; empty where the package is one file. */
    Optional<Content> manifest();

    /**
     * Learns the manifest that is wanted; keeps it for good.
     *
     * @param text verified
     */
    void know(byte[] text, Manifest manifest);

    /** Says whether the manifest that is wanted is known, or none is needed. */
    boolean isKnown();

    /**
     * Sees that what a plan makes fits, before anything of it is fetched.
     *
     * @param room bytes that are left once its pieces are here
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE if it does not; DIGEST_MISMATCH if the plan cannot be followed
     */
    void requireRoom(Plan plan, long room);

    /**
     * Puts it together and gives it its place.
     *
     * @param pieces whole and verified
     * @return what of the base turned out to be damaged; empty when it is in its place now
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE; DIGEST_MISMATCH where no damage of the base explains it
     */
    ObjectNumbers build(Plan plan, PieceFolder pieces);
}
