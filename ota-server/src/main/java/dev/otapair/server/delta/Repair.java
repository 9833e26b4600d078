package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What goes before a plan for a board that has lost some objects of its base.
 *
 * @param isWorthIt whether it and the plan are smaller than a plan from nothing, as far as can be told without making that
 * @param objects what is to be made anew: old objects that the plan builds on, or that are wanted as they are
 * @param bytes of those objects
 * @param level of zstd, at which that does not let a board wait for long
 */
record Repair(boolean isWorthIt, List<Integer> objects, long bytes, OptionalInt level) {
    private static final long SMALL = 8L << 20;
    private static final long MIDDLE = 32L << 20;
    private static final int MIDDLE_LEVEL = 12;
    private static final int LOW_LEVEL = 6;

    /**
     * Finds out.
     *
     * @param plan for boards that have all of the base
     * @throws OtaException PACKAGE_UNAVAILABLE if the base has no such objects
     */
    static Repair of(Objects base, Objects wanted, ObjectNumbers damaged, Plan plan, Ability ability) {
        List<Content> olds = base.contents();
        if (damaged.stream().anyMatch(number -> number >= olds.size())) {
            throw new OtaException(
                    ErrorCode.PACKAGE_UNAVAILABLE, "a board has lost objects that its release never had: " + damaged);
        }
        BitSet builtOn = new BitSet();
        for (Piece piece : plan.pieces()) {
            piece.from().forEach(builtOn::set);
        }
        Set<Content> kept = new HashSet<>(wanted.contents());
        List<Integer> objects = damaged.stream()
                .filter(number -> olds.get(number).size() > 0)
                .filter(number -> builtOn.get(number) || kept.contains(olds.get(number)))
                .boxed()
                .toList();
        long sent =
                objects.stream().mapToLong(number -> olds.get(number).size()).sum();
        long all = wanted.contents().stream().mapToLong(Content::size).sum();
        // zstd takes about the same share off both. The plan's own pieces are coded already: that errs for the repair,
        // by less than them.
        boolean isWorthIt = objects.isEmpty() || sent + plan.length() <= all;
        return new Repair(isWorthIt, objects, sent, ability == Ability.NONE ? OptionalInt.empty() : level(sent));
    }

    private static OptionalInt level(long bytes) {
        return OptionalInt.of(bytes <= SMALL ? ZstdCoder.LEVEL : bytes <= MIDDLE ? MIDDLE_LEVEL : LOW_LEVEL);
    }
}
