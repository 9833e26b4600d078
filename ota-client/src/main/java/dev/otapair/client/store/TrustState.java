package dev.otapair.client.store;

import dev.otapair.protocol.message.KeyId;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a board must not forget of the releases it has verified.
 *
 * @param floor no release below this is installed
 * @param newest the latest time any of them was created
 * @param signed whether this board has ever required signatures: then it goes on to
 * @param revoked keys that count no more
 * @see "PROTOCOL.md, section 8: Releases"
 */
public record TrustState(long floor, Optional<Instant> newest, boolean signed, SortedSet<KeyId> revoked) {
    /** Nothing was verified yet. */
    public static final TrustState NONE = new TrustState(0, Optional.empty(), false, new TreeSet<>());

    public TrustState {
        revoked = Collections.unmodifiableSortedSet(new TreeSet<>(revoked));
    }

    /** Returns this with signatures required for good. */
    public TrustState requiring() {
        return new TrustState(floor, newest, true, revoked);
    }

    /** Returns this with a floor that is at least so high. */
    public TrustState atLeast(long release) {
        return new TrustState(Math.max(floor, release), newest, signed, revoked);
    }

    /** Returns this with a time that is not before another one. */
    public TrustState notBefore(Instant created) {
        boolean isNewer = newest.isEmpty() || newest.get().isBefore(created);
        return isNewer ? new TrustState(floor, Optional.of(created), signed, revoked) : this;
    }

    /** Returns this with no memory of time. */
    public TrustState timeless() {
        return new TrustState(floor, Optional.empty(), signed, revoked);
    }

    /** Returns this without some keys. */
    public TrustState revoking(Collection<KeyId> keys) {
        SortedSet<KeyId> all = new TreeSet<>(revoked);
        all.addAll(keys);
        return new TrustState(floor, newest, signed, all);
    }

    /** Returns this with another floor, and no memory of time: for somebody at the console. */
    public TrustState reset(long release) {
        return new TrustState(release, Optional.empty(), signed, revoked);
    }
}
