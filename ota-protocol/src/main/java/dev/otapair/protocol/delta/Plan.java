package dev.otapair.protocol.delta;

import dev.otapair.protocol.message.Digest;
import java.util.List;
import java.util.Optional;

/**
 * How a board makes one release of another one, or of nothing: by pieces, each of which makes objects, of old ones or of nothing. What
 * no piece makes, the board has. Valid once constructed; immutable.
 *
 * <p>Of a tree the objects are those of its manifest, by their numbers ({@link dev.otapair.protocol.release.Manifest#objects}). A package
 * that is one file is one object, number 0.
 *
 * @param want SHA-256 of the manifest, or of the package, that comes of it
 * @param base likewise of what it begins with; empty for a board that has nothing
 * @param pieces in the order in which they are sent, and are to be applied
 * @see "PROTOCOL.md, section 9.2: Plans"
 */
public record Plan(Digest want, Optional<Digest> base, List<Piece> pieces) {
    /** Of the text. */
    public static final int MAX_BYTES = 16 * 1024 * 1024;

    /** Which objects a piece makes. */
    public enum Side {
        /** Objects of what is wanted. */
        NEW,
        /** Objects of the base that the board has lost: made anew before the pieces that build on them. */
        OLD
    }

    /**
     * Coded bytes.
     *
     * @param coding how they are to be decoded
     * @param length how many they are, 1 to 10^18 - 1
     * @param sha256 of them: their name
     * @param side whose numbers {@code makes} are
     * @param from numbers of base objects, ascending or not, that the coding builds on; empty for those that build on nothing
     * @param makes numbers of the objects that come of it, in order; none of them empty
     */
    public record Piece(Coding coding, long length, Digest sha256, Side side, List<Integer> from, List<Integer> makes) {
        public Piece {
            from = List.copyOf(from);
            makes = List.copyOf(makes);
        }
    }

    public Plan {
        pieces = List.copyOf(pieces);
    }

    /** Returns how many bytes all pieces have. */
    public long length() {
        return pieces.stream().mapToLong(Piece::length).sum();
    }

    /**
     * Reads a plan.
     *
     * @param text whose SHA-256 has been verified
     * @throws dev.otapair.protocol.error.OtaException METADATA_REJECTED, naming the line
     */
    public static Plan parse(byte[] text) {
        throw new UnsupportedOperationException();
    }

    /** Returns its text; the same bytes for the same plan. Its SHA-256 is the plan's name. */
    public byte[] toBytes() {
        throw new UnsupportedOperationException();
    }
}
