package dev.otapair.client;

import dev.otapair.client.session.Visit;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;

/** A visit that fetches nothing. */
interface Inquiry extends Visit {
    @Override
    default Optional<Request> wanted(Set<Feature> features) {
        return Optional.empty();
    }

    @Override
    default Decision announced(PackageResponse announced) {
        return Decision.LEAVE;
    }

    @Override
    default boolean payload(ByteBuffer bytes) {
        return false;
    }
}
