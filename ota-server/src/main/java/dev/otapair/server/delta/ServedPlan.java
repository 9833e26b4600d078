package dev.otapair.server.delta;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.server.store.FileStamp;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A plan that can be sent: all its bytes were seen to be there. Immutable.
 *
 * @param id its name
 * @param want what it makes
 * @param change what it comes to; zeros where that is not known any more
 * @param body what goes before the pieces; empty for a plan that a board has
 * @param bodyFiles the body's files, one after the other
 * @param pieces likewise, in the order of the plan
 */
public record ServedPlan(
        Digest id, Digest want, Change change, Optional<Body> body, List<Stored> bodyFiles, List<Stored> pieces) {
    public ServedPlan {
        bodyFiles = List.copyOf(bodyFiles);
        pieces = List.copyOf(pieces);
    }

    /**
     * Bytes, and the file they are in alone.
     *
     * @param content of the file
     * @param seen how the file looked before its content was seen to be this one
     */
    public record Stored(Path file, Content content, FileStamp seen) {}

    /** Returns how many bytes all pieces have. */
    public long size() {
        return pieces.stream().mapToLong(piece -> piece.content().size()).sum();
    }
}
