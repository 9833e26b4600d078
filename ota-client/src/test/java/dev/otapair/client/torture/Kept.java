package dev.otapair.client.torture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a store keeps, as text: by the name of each thing what is known of it; nothing for a thing that is not there. Immutable. */
record Kept(SortedMap<String, String> things) {
    private static final String BETWEEN = "\t";
    private static final String IS = "=";

    Kept {
        things = Collections.unmodifiableSortedMap(new TreeMap<>(things));
    }

    /** Returns this with another text for a thing. */
    Kept with(String thing, String text) {
        SortedMap<String, String> next = new TreeMap<>(things);
        next.put(thing, text);
        return new Kept(next);
    }

    String get(String thing) {
        return things.getOrDefault(thing, "");
    }

    /** Returns it in one line. */
    String toLine() {
        List<String> words = new ArrayList<>();
        things.forEach((thing, text) -> words.add(thing + IS + text));
        return String.join(BETWEEN, words);
    }

    static Kept ofLine(String line) {
        SortedMap<String, String> things = new TreeMap<>();
        for (String word : line.split(BETWEEN)) {
            int end = word.indexOf(IS);
            things.put(word.substring(0, end), word.substring(end + 1));
        }
        return new Kept(things);
    }

    /**
     * Judges what was found after a crash: each thing is what was acknowledged, or what it was about to become.
     *
     * @param begun what would have been kept after the step that was cut; the same as this if none was
     * @return what is wrong, in words
     */
    List<String> faults(Kept begun, Kept found) {
        SortedMap<String, String> all = new TreeMap<>(things);
        all.putAll(begun.things);
        all.putAll(found.things);
        List<String> faults = new ArrayList<>();
        for (String thing : all.keySet()) {
            String is = found.get(thing);
            if (!is.equals(get(thing)) && !is.equals(begun.get(thing))) {
                faults.add("%s is '%s', acknowledged was '%s', begun '%s'"
                        .formatted(thing, is, get(thing), begun.get(thing)));
            }
        }
        return faults;
    }
}
