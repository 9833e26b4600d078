package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.message.Response.Content;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A piece that may become one of a plan.
 *
 * @param file where its bytes are; empty where they are those of an object
 * @param content its bytes' size and digest
 * @param from numbers of the base objects it builds on
 * @param makes numbers of the objects it makes
 */
record Draft(Coding coding, Optional<Path> file, Content content, Side side, List<Integer> from, List<Integer> makes) {
    Draft {
        from = List.copyOf(from);
        makes = List.copyOf(makes);
    }

    long size() {
        return content.size();
    }

    Plan.Piece piece() {
        return new Plan.Piece(coding, content.size(), content.sha256(), side, from, makes);
    }
}
