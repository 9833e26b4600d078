package dev.otapair.client;

import dev.otapair.client.tree.PieceFolder;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import java.util.Optional;

/** What an {@link Increment} is to make, and what the board has to make it of. One release, one run; not thread-safe. */
interface Aim {
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

    /** Returns how many objects there are: of what is wanted, and of the base. */
    Counts counts();

    /**
     * How many objects there are.
     *
     * @param fresh of what is wanted
     * @param base of what the board holds
     */
    record Counts(int fresh, int base) {}

    /**
     * Puts it together and gives it its place.
     *
     * @param pieces whole and verified
     * @return what of the base turned out to be damaged; empty when it is in its place now
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE; DIGEST_MISMATCH where no damage of the base explains it
     */
    ObjectNumbers build(Plan plan, PieceFolder pieces);
}
