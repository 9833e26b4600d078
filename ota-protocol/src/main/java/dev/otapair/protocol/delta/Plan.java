package dev.otapair.protocol.delta;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ContentDigester;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * How a board makes one release of another one, or of nothing: by pieces, each of which makes objects, of old ones or of nothing. What
 * no piece makes, the board has, or is empty. Valid once constructed, what is out of bounds being refused by
 * {@link IllegalArgumentException}; immutable.
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

    public static final int MAX_PIECES = 100_000;

    /**
     * How many numbers its pieces have in all. The longest manifest has fewer than 150000 objects; and with no more pieces and numbers
     * than this no plan's text is too long.
     */
    public static final int MAX_NUMBERS = 500_000;

    private static final String TYPE = "ota-plan/1";
    private static final String WANT = "want ";
    private static final String BASE = "base ";
    private static final String NO_BASE = "-";
    private static final int HEAD_LINES = 3;

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
     * @param length how many they are, 1 to {@link PackageResponse#MAX_SIZE}
     * @param sha256 of them: their name
     * @param side whose numbers {@code makes} are
     * @param from numbers of base objects, ascending or not, that the coding builds on: one for ZSTD_PATCH and ZIP_BSDIFF, at least
     *     one for BSDIFF, none for the others
     * @param makes numbers of the objects that come of it, in order, at least one, for ZSTD_PATCH and ZIP_BSDIFF exactly
     *     one; none of them is an empty object
     */
    public record Piece(Coding coding, long length, Digest sha256, Side side, List<Integer> from, List<Integer> makes) {
        public Piece {
            require(length >= 1 && length <= PackageResponse.MAX_SIZE, "has a length out of bounds");
            requireSha256(sha256);
            from = List.copyOf(from);
            makes = List.copyOf(makes);
            from.forEach(Plan::requireNumber);
            makes.forEach(Plan::requireNumber);
            require(!makes.isEmpty(), "makes nothing");
            require(
                    switch (coding) {
                        case RAW, ZSTD -> from.isEmpty();
                        case ZSTD_PATCH, ZIP_BSDIFF -> from.size() == 1 && makes.size() == 1;
                        case BSDIFF -> !from.isEmpty();
                    },
                    "builds on, or makes, another number of objects than its coding does");
            require(side == Side.NEW || from.isEmpty(), "makes old objects of others");
        }

        private int numbers() {
            return from.size() + makes.size();
        }
    }

    public Plan {
        requireSha256(want);
        base.ifPresent(Plan::requireSha256);
        pieces = List.copyOf(pieces);
        require(pieces.size() <= MAX_PIECES, "it has more than %d pieces".formatted(MAX_PIECES));
        Census census = new Census(base.isPresent());
        pieces.forEach(census::take);
    }

    /** Returns how many bytes all pieces have, 0 to {@link PackageResponse#MAX_SIZE}. */
    public long length() {
        return pieces.stream().mapToLong(Piece::length).sum();
    }

    /**
     * Reads a plan. Time and room grow with the length of its text and are bounded by {@link #MAX_NUMBERS}, whatever it says.
     *
     * @param text whose SHA-256 has been verified; not changed
     * @throws OtaException METADATA_REJECTED, naming the line
     */
    public static Plan parse(byte[] text) {
        try {
            return read(text);
        } catch (IllegalArgumentException e) {
            throw new OtaException(ErrorCode.METADATA_REJECTED, "the plan is refused: " + e.getMessage(), e);
        }
    }

    /** Returns its text; the same bytes for the same plan. */
    public byte[] toBytes() {
        StringBuilder text = new StringBuilder();
        text.append(TYPE).append('\n').append(WANT).append(want.hex()).append('\n');
        text.append(BASE).append(base.map(Digest::hex).orElse(NO_BASE)).append('\n');
        pieces.forEach(piece -> text.append(PieceLine.of(piece)).append('\n'));
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns its name: the SHA-256 of its text. Computed at each call. */
    public Digest id() {
        return ContentDigester.sha256Of(toBytes());
    }

    private static Plan read(byte[] text) {
        require(text.length <= MAX_BYTES, "it has more than %d bytes".formatted(MAX_BYTES));
        PlanLines lines = new PlanLines(text);
        lines.next(line -> {
            require(line.equals(TYPE), "is not " + TYPE);
            return line;
        });
        Digest want = lines.next(line -> sha256(valueOf(WANT, line)));
        Optional<Digest> base = lines.next(line -> Optional.of(valueOf(BASE, line))
                .filter(value -> !value.equals(NO_BASE))
                .map(Plan::sha256));
        List<Piece> pieces = new ArrayList<>();
        int room = MAX_NUMBERS;
        while (lines.hasNext()) {
            require(pieces.size() < MAX_PIECES, "it has more than %d pieces".formatted(MAX_PIECES));
            int left = room;
            Piece piece = lines.next(line -> PieceLine.read(line, left));
            room -= piece.numbers();
            pieces.add(piece);
        }
        return new Plan(want, base, pieces);
    }

    private static String valueOf(String key, String line) {
        require(line.startsWith(key), "does not begin with '%s'".formatted(key));
        return line.substring(key.length());
    }

    private static Digest sha256(String hex) {
        return new Digest(Digest.Algorithm.SHA256, hex);
    }

    private static void requireSha256(Digest digest) {
        require(digest.algorithm() == Digest.Algorithm.SHA256, "has a digest that is not SHA-256");
    }

    private static void requireNumber(int number) {
        require(number >= 0 && number <= ObjectNumbers.MAX, "has an object number out of bounds");
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalArgumentException(fault);
        }
    }

    /** What the pieces before one leave to it. */
    private static final class Census {
        private final boolean hasBase;
        private final BitSet madeNew = new BitSet();
        private final BitSet madeOld = new BitSet();
        private int pieces;
        private int numbers;
        private long bytes;

        Census(boolean hasBase) {
            this.hasBase = hasBase;
        }

        /** @throws IllegalArgumentException naming the line that the piece has in the text */
        void take(Piece piece) {
            pieces++;
            numbers += piece.numbers();
            bytes += piece.length();
            expect(numbers <= MAX_NUMBERS, "goes beyond " + MAX_NUMBERS + " numbers in all");
            expect(bytes <= PackageResponse.MAX_SIZE, "goes beyond " + PackageResponse.MAX_SIZE + " bytes in all");
            boolean isOld = piece.side() == Side.OLD;
            expect(hasBase || !isOld && piece.from().isEmpty(), "has to do with a base, and the plan has none");
            expect(!isOld || madeNew.isEmpty(), "makes old objects after new ones");
            BitSet made = isOld ? madeOld : madeNew;
            for (int object : piece.makes()) {
                expect(!made.get(object), "makes an object that is made already");
                made.set(object);
            }
        }

        private void expect(boolean holds, String fault) {
            if (!holds) {
                throw new IllegalArgumentException("line %d: %s".formatted(HEAD_LINES + pieces, fault));
            }
        }
    }
}
