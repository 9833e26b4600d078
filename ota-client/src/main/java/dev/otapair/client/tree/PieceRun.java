package dev.otapair.client.tree;

import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;

/** Applies pieces to what the board has, and finds out who is at fault where that does not come out. Not thread-safe. */
final class PieceRun {
    private final BaseObjects base;
    private final PieceSource pieces;
    private final Runnable goesOn;

    /** @param base not closed here */
    PieceRun(BaseObjects base, PieceSource pieces, Runnable goesOn) {
        this.base = base;
        this.pieces = pieces;
        this.goesOn = goesOn;
    }

    /**
     * Makes all objects of a piece.
     *
     * @param contents what they should be
     * @param places where they go; nothing is there yet. After a failure something may be
     * @throws WrongObjects if they do not come out
     * @throws OtaException CANNOT_WRITE; or as the source of pieces does
     */
    void apply(Piece piece, IntFunction<Content> contents, IntFunction<Path> places) throws WrongObjects {
        Path coded = pieces.verified(piece);
        try (ObjectWriter made = new ObjectWriter(piece.makes(), contents, places, goesOn)) {
            PieceDecoders.of(piece.coding()).decode(coded, base.inOrder(piece.from()), made.size(), made);
            made.finish();
        } catch (OtaException e) {
            if (e.code() != ErrorCode.DIGEST_MISMATCH) {
                throw e;
            }
            throw fault(piece, e);
        } catch (IOException | RuntimeException e) {
            // Decoders answer damage by exceptions of many kinds.
            throw fault(piece, e);
        }
    }

    private WrongObjects fault(Piece piece, Exception cause) {
        List<Integer> damaged = piece.from().stream()
                .distinct()
                .filter(number -> !base.isSound(number))
                .toList();
        if (!damaged.isEmpty()) {
            return WrongObjects.ofBase(damaged);
        }
        String why = "piece %s does not make what it should: %s".formatted(piece.sha256(), whyOf(cause));
        return piece.side() == Side.NEW
                ? WrongObjects.ofPlan(why, piece.makes(), cause)
                : WrongObjects.ofRepair(why, cause);
    }

    /** What decoders stumble over says nothing to anybody. */
    private static String whyOf(Exception cause) {
        boolean isInWords = cause instanceof OtaException || cause instanceof IOException;
        return isInWords ? FileFault.why(cause) : "its bytes cannot be decoded";
    }
}
