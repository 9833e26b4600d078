package dev.otapair.protocol.archive;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where an entry of an archive goes: the parts of its name, below the folder it is unpacked into. Valid once constructed:
 * no part is empty, a dot or two dots.
 *
 * @param parts none is the folder itself
 */
public record EntryPath(List<String> parts) {
    private static final int MAX_PART_BYTES = 255;
    private static final int MAX_BYTES = 4096;
    /** Removing a tree holds an open folder for each level. */
    private static final int MAX_PARTS = 128;

    private static final String UP = "..";

    public EntryPath {
        parts = List.copyOf(parts);
    }

    /**
     * Reads a name; {@code ./a}, {@code a//b} and {@code a/} are tolerated, as archivers write them.
     *
     * @throws dev.otapair.protocol.error.OtaException PACKAGE_REJECTED if it could be anything but a place in the folder
     */
    public static EntryPath of(String name) {
        if (name.isEmpty()) {
            throw Refusal.of(name, "has no name");
        }
        requireText(name, name);
        String asElsewhere = name.replace('\\', '/');
        if (asElsewhere.startsWith("/") || asElsewhere.matches("(?s)[A-Za-z]:/.*")) {
            throw Refusal.of(name, "has an absolute name");
        }
        if (List.of(asElsewhere.split("/")).contains(UP)) {
            throw Refusal.of(name, "leaves the folder");
        }
        List<String> parts = partsOf(name);
        if (parts.size() > MAX_PARTS) {
            throw Refusal.of(name, "is nested in more than %d folders".formatted(MAX_PARTS));
        }
        for (String part : parts) {
            requireLength(name, part, MAX_PART_BYTES);
        }
        return new EntryPath(parts);
    }

    /**
     * Checks that a symbolic link can say this.
     *
     * @throws dev.otapair.protocol.error.OtaException PACKAGE_REJECTED if it is empty, too long or no UTF-8
     */
    public void requireTarget(String target) {
        if (target.isEmpty()) {
            throw Refusal.of(toString(), "is a link to nothing");
        }
        requireText(toString(), target);
        requireLength(toString(), target, MAX_BYTES - 1);
    }

    /**
     * Checks where a symbolic link here would lead. Steps up are allowed at its start only: behind the name of another link
     * they would go up from where that one leads.
     *
     * @throws dev.otapair.protocol.error.OtaException PACKAGE_REJECTED if the target is not within the folder
     */
    public void requireTargetInside(String target) {
        requireTarget(target);
        if (target.startsWith("/")) {
            throw leaves(target);
        }
        List<String> steps = partsOf(target);
        int up = 0;
        while (up < steps.size() && steps.get(up).equals(UP)) {
            up++;
        }
        if (up > parts.size() - 1 || steps.subList(up, steps.size()).contains(UP)) {
            throw leaves(target);
        }
    }

    /** Returns the folder this is in; empty for the folder itself. */
    public Optional<EntryPath> parent() {
        return parts.isEmpty() ? Optional.empty() : Optional.of(new EntryPath(parts.subList(0, parts.size() - 1)));
    }

    /** The same for all spellings of a name. */
    @Override
    public String toString() {
        return parts.isEmpty() ? "." : String.join("/", parts);
    }

    private RuntimeException leaves(String target) {
        return Refusal.of(
                toString(),
                "is a link to %s, which leaves the folder or may; expected ../ at its start only, and within the archive"
                        .formatted(Refusal.quoted(target)));
    }

    private static List<String> partsOf(String name) {
        List<String> parts = new ArrayList<>();
        for (String part : name.split("/")) {
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return parts;
    }

    private static void requireText(String entry, String text) {
        if (text.indexOf(0) >= 0) {
            throw Refusal.of(entry, "has a NUL in its name or target");
        }
        if (text.indexOf('\uFFFD') >= 0) {
            throw Refusal.of(entry, "has a name or target that is not UTF-8");
        }
        requireLength(entry, text, MAX_BYTES);
    }

    private static void requireLength(String entry, String text, int maxBytes) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > maxBytes) {
            throw Refusal.of(entry, "has a name or target of %d bytes, allowed are %d".formatted(bytes, maxBytes));
        }
    }
}
