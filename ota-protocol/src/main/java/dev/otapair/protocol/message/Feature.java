package dev.otapair.protocol.message;

import java.util.Optional;

/** What both ends of a session may agree on. v1 is the session in which none was agreed. */
public enum Feature {
    /** A package can be asked for from an offset on. */
    RESUME("resume"),
    /** A release can be asked for as what is missing of it. */
    PLAN("plan");

    private final String wireName;

    Feature(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }

    /** Finds a feature; empty for one that this end does not know, as newer peers have. */
    public static Optional<Feature> ofWireName(String name) {
        for (Feature feature : values()) {
            if (feature.wireName.equals(name)) {
                return Optional.of(feature);
            }
        }
        return Optional.empty();
    }
}
