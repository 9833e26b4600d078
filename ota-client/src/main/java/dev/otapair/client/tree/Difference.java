package dev.otapair.client.tree;

/**
 * Something in a release's folder that is not as its manifest says.
 *
 * @param path relative to the folder
 */
public record Difference(String path, Kind kind) {
    /** What is not as it should be. */
    public enum Kind {
        MISSING("is missing"),
        OTHER_KIND("is something else than it should be"),
        UNREADABLE("cannot be read"),
        CONTENT("has another content"),
        MODE("has another mode"),
        OWNER("belongs to somebody else"),
        TARGET("leads elsewhere"),
        EXTRA("does not belong to the release");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /** Returns a sentence for people; the path as it is, which may hold anything. */
    @Override
    public String toString() {
        return path + " " + kind.text;
    }
}
