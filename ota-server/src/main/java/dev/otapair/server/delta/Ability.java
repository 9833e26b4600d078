package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Coding;
import java.util.Set;

/** What a board can decode, as far as it matters for plans. */
public enum Ability {
    /** All codings there are. */
    ALL(""),
    /** Patches, but not those of zip files: a library of the board's deflates in another way. */
    NO_ZIPS("-nozips"),
    /** zstd, but not both kinds of patches. */
    ZSTD("-plain"),
    /** Nothing. */
    NONE("-raw");

    private final String suffix;

    Ability(String suffix) {
        this.suffix = suffix;
    }

    /** @param codings by their names on the wire */
    public static Ability of(Set<String> codings) {
        if (!codings.contains(Coding.ZSTD.wireName())) {
            return NONE;
        }
        boolean knowsPatches =
                codings.contains(Coding.ZSTD_PATCH.wireName()) && codings.contains(Coding.BSDIFF.wireName());
        if (!knowsPatches) {
            return ZSTD;
        }
        return codings.contains(Coding.ZIP_BSDIFF.wireName()) ? ALL : NO_ZIPS;
    }

    /** Says whether both kinds of patches can be sent. */
    boolean knowsPatches() {
        return this == ALL || this == NO_ZIPS;
    }

    /** Returns what tells the names of its plans from others. */
    String suffix() {
        return suffix;
    }
}
