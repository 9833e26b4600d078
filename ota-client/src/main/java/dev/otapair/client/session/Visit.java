package dev.otapair.client.session;

import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a run wants of one session; called in this order, on the session's thread. What a method throws ends the session
 * and is what the session failed with.
 */
public interface Visit {
    /**
     * The server named its offer.
     *
     * @param latest empty when nothing is on offer
     * @return whether to go on and ask for the package
     */
    boolean offered(Optional<PackageName> latest);

    /**
     * The server announced the package.
     *
     * @return whether to receive it
     */
    boolean announced(PackageResponse announced);

    /** Some bytes of the package came; {@code bytes} is valid during the call only. May block. */
    void payload(ByteBuffer bytes);
}
