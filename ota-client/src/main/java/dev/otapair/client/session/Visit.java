package dev.otapair.client.session;

import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;

/**
 * What a run wants of one session; called in this order, on the session's thread. What a method throws ends the session
 * and is what the session failed with.
 */
public interface Visit {
    /** What to do about a package. */
    enum Decision {
        /** Receive it. */
        RECEIVE,
        /** It is not what was offered: ask again what is. */
        ASK_AGAIN,
        /** Leave. */
        LEAVE
    }

    /** Returns what the server is told of the board. */
    Board board();

    /**
     * The server named its offer; again after each {@link Decision#ASK_AGAIN}.
     *
     * @return whether to go on with {@link #wanted}; never when nothing is on offer
     */
    boolean offered(HeaderResponse header);

    /**
     * Returns what is to be asked of what was offered last.
     *
     * @param features what both ends use; in v1 none, and then only a package can be asked for, without a range
     * @return a {@link Request.PackageRequest} or a {@link Request.PlanRequest}; empty to leave
     */
    Optional<Request> wanted(Set<Feature> features);

    /** The server announced the package. */
    Decision announced(PackageResponse announced);

    /** The server announced a plan. */
    default Decision planned(PlanResponse announced) {
        throw new IllegalStateException("no plan was asked for");
    }

    /**
     * The server has no plan.
     *
     * @param isComing whether it asks to come again for one
     * @return whether to go on with what {@link #wanted} says now; else the session fails by what the server said
     */
    default boolean unplanned(boolean isComing) {
        return false;
    }

    /**
     * Some of the bytes that were announced came; {@code bytes} is valid during the call only. May block.
     *
     * @return whether the rest is wanted; else the connection is closed, and the visit is over
     */
    boolean payload(ByteBuffer bytes);
}
