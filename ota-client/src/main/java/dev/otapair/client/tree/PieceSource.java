package dev.otapair.client.tree;

import dev.otapair.protocol.delta.Plan.Piece;
import java.nio.file.Path;

/** Where the pieces of a plan are. */
@FunctionalInterface
public interface PieceSource {
    /**
     * Returns the file with a piece's coded bytes, which is not changed meanwhile.
     *
     * @throws dev.otapair.protocol.error.OtaException if it is not here, or not what the plan names
     */
    Path verified(Piece piece);
}
