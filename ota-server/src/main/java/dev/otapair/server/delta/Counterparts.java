package dev.otapair.server.delta;

import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Which old content a new one was probably made from: by path, by path without its digits, by name without its digits, and by what they
 * have in common. Good guesses make small patches, bad ones larger ones that are as right.
 */
final class Counterparts {
    /** Nobody is made from. */
    private static final int NONE = -1;

    /** Of {@link Sketch#SIZE} numbers: fewer are chance. */
    private static final int MIN_COMMON = 4;

    /** Of those that one name, or one stretch of bytes, stands for: the first ones. */
    private static final int MAX_CANDIDATES = 32;

    private final Objects base;
    private final Objects wanted;
    private final int[] oldOf;

    /** Old objects that are still needed as they are, or were chosen. */
    private final BitSet taken = new BitSet();

    private Counterparts(Objects base, Objects wanted) {
        this.base = base;
        this.wanted = wanted;
        this.oldOf = new int[wanted.contents().size()];
        Arrays.fill(oldOf, NONE);
    }

    /** Makes the sketch of a content. */
    interface Sketcher {
        long[] sketch(Content content);
    }

    /**
     * Finds them.
     *
     * @param news numbers of the wanted objects that the base has not, ascending
     * @param sketcher asked for those alone that nothing else is known of
     */
    static Counterparts of(Objects base, Objects wanted, List<Integer> news, Sketcher sketcher) {
        Counterparts found = new Counterparts(base, wanted);
        if (base.manifest().isEmpty()) {
            news.forEach(number -> found.take(number, 0));
            return found;
        }
        Set<Content> kept = Set.copyOf(wanted.contents());
        for (int i = 0; i < base.contents().size(); i++) {
            Content content = base.contents().get(i);
            found.taken.set(i, content.size() == 0 || kept.contains(content));
        }
        found.byPath(base.manifest().get(), news);
        found.byText(news, Counterparts::withoutDigits);
        found.byText(news, path -> withoutDigits(nameOf(path)));
        found.byContent(news, sketcher);
        return found;
    }

    /** Returns the number of the old object that a new one was made from, if that can be told. */
    OptionalInt of(int number) {
        return oldOf[number] == NONE ? OptionalInt.empty() : OptionalInt.of(oldOf[number]);
    }

    /** An old file may go on under its path with another content, and elsewhere with its own: then it is used all the same. */
    private void byPath(Manifest manifest, List<Integer> news) {
        Map<String, Integer> objects = new HashMap<>();
        List<ManifestEntry> entries = manifest.entries();
        for (int i = 0; i < entries.size(); i++) {
            int object = manifest.objectOf(i);
            if (object != Manifest.NO_OBJECT && base.contents().get(object).size() > 0) {
                objects.put(entries.get(i).path(), object);
            }
        }
        for (int number : news) {
            Integer old = objects.get(wanted.paths().get(number));
            if (old != null) {
                take(number, old);
            }
        }
    }

    private void byText(List<Integer> news, UnaryOperator<String> text) {
        Map<String, List<Integer>> olds = new HashMap<>();
        for (int old = taken.nextClearBit(0); old < base.contents().size(); old = taken.nextClearBit(old + 1)) {
            olds.computeIfAbsent(text.apply(base.paths().get(old)), absent -> new ArrayList<>())
                    .add(old);
        }
        for (int number : news) {
            List<Integer> candidates =
                    olds.getOrDefault(text.apply(wanted.paths().get(number)), List.of());
            if (oldOf[number] == NONE && !candidates.isEmpty()) {
                Integer best = candidates.stream()
                        .limit(MAX_CANDIDATES)
                        .min(Comparator.comparing((Integer old) -> !isOfSameName(old, number))
                                .thenComparing(old -> difference(old, number)))
                        .orElseThrow();
                take(number, best);
                candidates.remove(best);
            }
        }
    }

    private void byContent(List<Integer> news, Sketcher sketcher) {
        List<Integer> left =
                news.stream().filter(number -> oldOf[number] == NONE).toList();
        if (left.isEmpty() || taken.nextClearBit(0) >= base.contents().size()) {
            return;
        }
        Map<Long, List<Integer>> oldsByNumber = new HashMap<>();
        for (int old = taken.nextClearBit(0); old < base.contents().size(); old = taken.nextClearBit(old + 1)) {
            for (long number : sketcher.sketch(base.contents().get(old))) {
                List<Integer> olds = oldsByNumber.computeIfAbsent(number, absent -> new ArrayList<>(1));
                if (olds.size() < MAX_CANDIDATES) {
                    olds.add(old);
                }
            }
        }
        for (int number : left) {
            Map<Integer, Integer> common = new HashMap<>();
            for (long each : sketcher.sketch(wanted.contents().get(number))) {
                oldsByNumber.getOrDefault(each, List.of()).forEach(old -> common.merge(old, 1, Integer::sum));
            }
            common.entrySet().stream()
                    .filter(old -> old.getValue() >= MIN_COMMON)
                    .max(Comparator.comparing((Map.Entry<Integer, Integer> old) -> old.getValue())
                            .thenComparing(old -> !taken.get(old.getKey()))
                            .thenComparing(old -> -difference(old.getKey(), number))
                            .thenComparing(old -> -old.getKey()))
                    .ifPresent(old -> take(number, old.getKey()));
        }
    }

    private void take(int number, int old) {
        oldOf[number] = old;
        taken.set(old);
    }

    private boolean isOfSameName(int old, int number) {
        return nameOf(base.paths().get(old)).equals(nameOf(wanted.paths().get(number)));
    }

    private long difference(int old, int number) {
        return Math.abs(
                base.contents().get(old).size() - wanted.contents().get(number).size());
    }

    static String withoutDigits(String path) {
        StringBuilder text = new StringBuilder(path.length());
        path.chars().filter(each -> each < '0' || each > '9').forEach(each -> text.append((char) each));
        return text.toString();
    }

    private static String nameOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
