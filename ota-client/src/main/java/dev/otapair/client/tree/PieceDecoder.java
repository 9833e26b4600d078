package dev.otapair.client.tree;

import dev.otapair.protocol.delta.NewContent;
import dev.otapair.protocol.delta.OldContent;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes objects of a piece. The piece may hold anything: memory is bounded, and no more is made than was meant.
 *
 * @see "PROTOCOL.md, section 9.3: Pieces"
 */
@FunctionalInterface
interface PieceDecoder {
    /**
     * Decodes a piece; blocks.
     *
     * @param coded a file with its bytes
     * @param old the objects it builds on, one after the other
     * @param newSize bytes that have to come of it
     * @param made gets them in order; may have some of them after a failure
     * @throws IOException if the piece is damaged, or makes another number of bytes; or if {@code old} cannot be read
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH likewise; or as {@code made} does
     */
    void decode(Path coded, OldContent old, long newSize, NewContent made) throws IOException;
}
