package dev.otapair.server.release;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an administrator says of a release that is to be.
 *
 * @param release the counter; empty takes the next one
 * @param lifetime until it expires; empty is for ever
 */
public record Draft(
        Product product,
        String version,
        OptionalLong release,
        Optional<Duration> lifetime,
        long minFrom,
        long floor,
        List<KeyId> revoked,
        String notes) {

    ReleaseMetadata toMetadata(PackageName name, long counter, Content content, Instant now) {
        return new ReleaseMetadata(
                product, name, counter, version, content, now, lifetime.map(now::plus), minFrom, floor, revoked, notes);
    }
}
