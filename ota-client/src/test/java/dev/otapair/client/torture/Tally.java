package dev.otapair.client.torture;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/** What came of the attempts of one experiment, over all runs of the torture. Thread-safe: many boards may be at work for it. */
final class Tally {
    /** More are counted, and not kept. */
    private static final int MAX_KEPT = 50;

    /** Spreads the numbers of attempts: neighbours would begin with much the same random number. */
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private final long seed;
    private long attempts;
    private long violations;
    private double seconds;
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final List<String> kept = new ArrayList<>();

    Tally(long seed) {
        this.seed = seed;
    }

    /** Goes on where an earlier run stopped. */
    static Tally of(long seed, Map<?, ?> members) {
        Tally tally = new Tally(seed);
        tally.attempts = ((Number) members.get("attempts")).longValue();
        tally.violations = ((Number) members.get("violations")).longValue();
        tally.seconds = ((Number) members.get("seconds")).doubleValue();
        ((Map<?, ?>) members.get("counts"))
                .forEach((what, count) -> tally.counts.put(what.toString(), ((Number) count).longValue()));
        ((List<?>) members.get("first_violations")).forEach(text -> tally.kept.add(text.toString()));
        return tally;
    }

    /** Returns the random numbers of the present attempt: the same whenever seed and number are. */
    synchronized Random random() {
        return random(attempts);
    }

    /** As above, of an attempt by its number: for those that are made in batches. */
    Random random(long attempt) {
        // Random begins alike for seeds that follow each other.
        return new Random(new SplittableRandom(seed ^ attempt * GAMMA).nextLong());
    }

    /** Returns the number of the present attempt, from 0, over all runs. */
    synchronized long attempt() {
        return attempts;
    }

    /** An attempt, or many of them, have been made. */
    synchronized void attempted(long many) {
        attempts += many;
    }

    /** Counts something that happened. */
    synchronized void count(String what, long many) {
        counts.merge(what, many, Long::sum);
    }

    /** As above, once. */
    void count(String what) {
        count(what, 1);
    }

    /** Returns how often it happened so far, over all runs. */
    synchronized long counted(String what) {
        return counts.getOrDefault(what, 0L);
    }

    /** Remembers the largest value seen. */
    synchronized void largest(String what, long value) {
        counts.merge(what, value, Math::max);
    }

    /** Takes down what must not happen; the text says how to repeat it. */
    synchronized void violation(String text) {
        violations++;
        String line = "attempt %d, seed %d: %s".formatted(attempts, seed, text);
        System.out.println("VIOLATION " + line);
        if (kept.size() < MAX_KEPT) {
            kept.add(line);
        }
    }

    /** Takes down a violation where a claim does not hold. */
    void require(boolean holds, String otherwise) {
        if (!holds) {
            violation(otherwise);
        }
    }

    synchronized long attempts() {
        return attempts;
    }

    synchronized long violations() {
        return violations;
    }

    synchronized void took(double more) {
        seconds += more;
    }

    /** Returns it for the report. */
    synchronized Map<String, Object> members() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("attempts", attempts);
        members.put("violations", violations);
        members.put("seconds", Math.round(seconds));
        members.put("counts", counts);
        members.put("first_violations", kept);
        return members;
    }
}
