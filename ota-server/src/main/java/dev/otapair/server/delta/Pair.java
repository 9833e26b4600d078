package dev.otapair.server.delta;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.release.ContentDigester;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a plan is made for: all boards that hold the same and want the same get the same plan.
 *
 * @param want SHA-256 of the manifest, or of the package that is one file
 * @param base likewise of what boards hold; empty for those that hold nothing of use
 * @param damaged which objects of the base they do not hold as they should be; none without a base
 */
public record Pair(Digest want, Optional<Digest> base, Ability ability, ObjectNumbers damaged) {
    /** In the names of pairs for boards that have lost some of the base. */
    static final String DAMAGED = "-damaged-";

    private static final int DAMAGE_DIGITS = 32;

    public Pair {
        if (base.isEmpty() && !damaged.isEmpty()) {
            throw new IllegalArgumentException("damaged objects of no base");
        }
    }

    /** Returns the pair for boards that hold the base as it should be. */
    public Pair undamaged() {
        return new Pair(want, base, ability, ObjectNumbers.NONE);
    }

    /** Returns the pair for boards that hold the same, and can decode no patches. */
    public Pair plain() {
        return new Pair(want, base, Ability.ZSTD, damaged);
    }

    /** Returns the pair for boards that hold nothing. */
    public Pair unknown() {
        return new Pair(want, Optional.empty(), ability, ObjectNumbers.NONE);
    }

    /** Returns the name of its files: up to 200 letters, digits and dashes. */
    String name() {
        return want.hex() + "-" + base.map(Digest::hex).orElse("none") + ability.suffix() + damage();
    }

    private String damage() {
        if (damaged.isEmpty()) {
            return "";
        }
        Digest digest = ContentDigester.sha256Of(damaged.toString().getBytes(StandardCharsets.US_ASCII));
        return DAMAGED + digest.hex().substring(0, DAMAGE_DIGITS);
    }

    /** As the log has it: digests cut to what people compare. */
    @Override
    public String toString() {
        return "%s from %s%s%s"
                .formatted(
                        shortened(want),
                        base.map(Pair::shortened).orElse("nothing"),
                        ability == Ability.ALL ? "" : ability.suffix().replace('-', ' '),
                        damaged.isEmpty() ? "" : " with objects " + damaged + " damaged");
    }

    private static String shortened(Digest digest) {
        return digest.hex().substring(0, 12);
    }
}
