package dev.otapair.client.store;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Under which name a package lies on the board: its own, as long as that is free. What is kept to be gone back to, and what
 * config.ini names, is overwritten by no package: one of that name gets its digest behind it.
 */
public final class Places {
    private static final int DIGITS = 8;

    private final Set<String> taken;
    private final Supplier<List<Deployment>> kept;
    private final Consumer<PackageName> claimed;

    /**
     * @param taken names in the folder of packages that belong to somebody else
     * @param kept the releases that are to be gone back to
     * @param claimed told before a place is filled
     */
    public Places(Set<String> taken, Supplier<List<Deployment>> kept, Consumer<PackageName> claimed) {
        this.taken = Set.copyOf(taken);
        this.kept = kept;
        this.claimed = claimed;
    }

    /** Returns those of a board that keeps nothing. */
    public static Places asNamed() {
        return new Places(Set.of(), List::of, place -> {});
    }

    /** Tells that a package is about to come to a place. */
    void claim(PackageName place) {
        claimed.accept(place);
    }

    /** Returns the place of a package: always the same one, as long as what is kept is the same. */
    public PackageName of(PackageName name, Digest digest) {
        for (Deployment other : kept.get()) {
            if (other.name().equals(name) && other.digest().equals(digest)) {
                return other.place();
            }
        }
        return isFree(name, digest) ? name : new PackageName(shortened(name.value()) + "~" + start(digest));
    }

    private boolean isFree(PackageName name, Digest digest) {
        if (taken.contains(name.value())) {
            return false;
        }
        for (Deployment other : kept.get()) {
            if (other.place().equals(name) && !other.digest().equals(digest)) {
                return false;
            }
        }
        return true;
    }

    private static String start(Digest digest) {
        return digest.hex().substring(0, DIGITS);
    }

    private static String shortened(String name) {
        String start = name;
        while (start.getBytes(StandardCharsets.UTF_8).length > PackageName.MAX_BYTES - DIGITS - 1) {
            start = start.substring(0, start.offsetByCodePoints(start.length(), -1));
        }
        return start;
    }
}
