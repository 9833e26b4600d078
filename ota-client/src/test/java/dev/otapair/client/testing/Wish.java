package dev.otapair.client.testing;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.release.Draft;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What a release is to be, where it is not what a release usually is. Immutable. */
public record Wish(
        String version,
        OptionalLong release,
        Optional<Duration> lifetime,
        long minFrom,
        long floor,
        List<KeyId> revoked,
        boolean isUrgent,
        String notes) {
    /** Nothing special. */
    public Wish() {
        this("", OptionalLong.empty(), Optional.empty(), 0, 0, List.of(), false, "");
    }

    public Wish version(String text) {
        return new Wish(text, release, lifetime, minFrom, floor, revoked, isUrgent, notes);
    }

    public Wish release(long counter) {
        return new Wish(version, OptionalLong.of(counter), lifetime, minFrom, floor, revoked, isUrgent, notes);
    }

    public Wish lifetime(Duration time) {
        return new Wish(version, release, Optional.of(time), minFrom, floor, revoked, isUrgent, notes);
    }

    public Wish minFrom(long counter) {
        return new Wish(version, release, lifetime, counter, floor, revoked, isUrgent, notes);
    }

    public Wish floor(long counter) {
        return new Wish(version, release, lifetime, minFrom, counter, revoked, isUrgent, notes);
    }

    public Wish revoking(SigningKey... keys) {
        List<KeyId> ids = Stream.of(keys).map(key -> key.publicHalf().id()).toList();
        return new Wish(version, release, lifetime, minFrom, floor, ids, isUrgent, notes);
    }

    public Wish notes(String text) {
        return new Wish(version, release, lifetime, minFrom, floor, revoked, isUrgent, text);
    }

    public Wish urgent() {
        return new Wish(version, release, lifetime, minFrom, floor, revoked, true, notes);
    }

    public Draft draft() {
        return new Draft(Product.DEFAULT, version, release, lifetime, minFrom, floor, revoked, true, isUrgent, notes);
    }
}
