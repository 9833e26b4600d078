package dev.otapair.client;

import dev.otapair.client.session.Visit;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;

/** A visit that fetches nothing. */
interface Inquiry extends Visit {
    @Override
    default Range wanted() {
        throw new IllegalStateException("no package is wanted");
    }

    @Override
    default Decision announced(PackageResponse announced) {
        return Decision.LEAVE;
    }

    @Override
    default void payload(ByteBuffer bytes) {}
}
