package dev.otapair.protocol.delta;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * How a piece holds the objects it makes.
 *
 * @see "PROTOCOL.md, section 9.3: Pieces"
 */
public enum Coding {
    /** As they are, one after the other. */
    RAW("raw"),
    /** One zstd frame of them, one after the other; its window is at most 8 MiB. */
    ZSTD("zstd"),
    /** One zstd frame of one object, whose dictionary is one old object as it is. */
    ZSTD_PATCH("zstd-patch"),
    /** A patch of section 9.4: from old objects, one after the other, to new ones likewise. */
    BSDIFF("bsdiff"),
    /** A patch of section 9.5: from one old zip to a new one, by their expanded forms. */
    ZIP_BSDIFF("zip-bsdiff");

    private final String wireName;

    Coding(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }

    /** Returns the codings that this machine can decode; takes some 20 ms of work, the first time. */
    public static Set<Coding> usable() {
        return ZipForm.isUsable() ? EnumSet.allOf(Coding.class) : EnumSet.complementOf(EnumSet.of(ZIP_BSDIFF));
    }

    /** Finds a coding; empty for one that this end does not know. */
    public static Optional<Coding> ofWireName(String name) {
        return Arrays.stream(values())
                .filter(coding -> coding.wireName.equals(name))
                .findFirst();
    }
}
