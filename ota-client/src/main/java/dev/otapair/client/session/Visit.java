package dev.otapair.client.session;

import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;

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
     * @return whether to go on and ask for the package; never when nothing is on offer
     */
    boolean offered(HeaderResponse header);

    /** Asked before the package that was offered last is, when the server can send any part of it. */
    Range wanted();

    /** The server announced the package. */
    Decision announced(PackageResponse announced);

    /** Some bytes of the package came; {@code bytes} is valid during the call only. May block. */
    void payload(ByteBuffer bytes);
}
