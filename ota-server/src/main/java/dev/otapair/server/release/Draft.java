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
import java.util.stream.Stream;

/**
 * What an administrator says of a release that is to be.
 *
 * @param release the counter; empty takes the next one
 * @param lifetime until it expires; empty is for ever
 * @param revoked keys that boards must not trust any more, besides those of {@code carriesOn}
 * @param carriesOn whether what the product's last release revoked is revoked by this one as well: a board that was off then has to
 *     learn it from a later one
 * @param isUrgent whether boards install it outside of their windows too
 */
public record Draft(
        Product product,
        String version,
        OptionalLong release,
        Optional<Duration> lifetime,
        long minFrom,
        long floor,
        List<KeyId> revoked,
        boolean carriesOn,
        boolean isUrgent,
        String notes) {

    /**
     * Returns what is to be signed.
     *
     * @param content of the package
     * @param manifest of a tree
     * @param before what the product's last release revoked
     */
    ReleaseMetadata toMetadata(
            PackageName name,
            long counter,
            Content content,
            Optional<Content> manifest,
            Instant now,
            List<KeyId> before) {
        List<KeyId> all = Stream.concat(carriesOn ? before.stream() : Stream.empty(), revoked.stream())
                .distinct()
                .toList();
        if (all.size() > ReleaseMetadata.MAX_REVOKED) {
            throw new IllegalArgumentException(
                    "%d keys would be revoked, %d can be: where all boards know those of the releases before, --forget-revoked"
                                    .formatted(all.size(), ReleaseMetadata.MAX_REVOKED)
                            + " begins anew");
        }
        return new ReleaseMetadata(
                product,
                name,
                counter,
                version,
                content,
                manifest,
                now,
                lifetime.map(now::plus),
                minFrom,
                floor,
                all,
                isUrgent,
                notes);
    }
}
