package dev.otapair.client.session;

import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a run wants of one session; called in this order, on the session's thread. What a method throws ends the session
 * and is what the session failed with.
 */
public interface Visit {
    /** What to do about a package. */
    enum Decision {
        /** Receive it. */
        RECEIVE,
        /** It is another content than was asked for: ask for that. */
        ASK_AGAIN,
        /** Leave. */
        LEAVE
    }

    /** Returns what the server is told of the board. */
    Board board();

    /**
     * The server named its offer.
     *
     * @param offer empty when nothing is on offer
     * @return whether to go on and ask for the package
     */
    boolean offered(Optional<Offer> offer);

    /**
     * Asked before the package is, when the server can send any part of it.
     *
     * @param offer what was offered or announced last, with its content
     */
    Range wanted(Offer offer);

    /** The server announced the package. */
    Decision announced(PackageResponse announced);

    /** Some bytes of the package came; {@code bytes} is valid during the call only. May block. */
    void payload(ByteBuffer bytes);
}
