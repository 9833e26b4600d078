package dev.otapair.protocol.message;

import java.util.List;

/**
 * How a board stands with a release, in a word of the wire. Words that are none of the known ones come from later clients, and are
 * kept as they are.
 *
 * @param word 1 to 32 small letters and underscores of ASCII
 * @see "PROTOCOL.md, section 7.9: What boards report"
 */
public record BoardState(String word) implements Comparable<BoardState> {
    private static final Alphabet ALLOWED = Alphabet.LOWER.with("_");
    private static final int MAX_LENGTH = 32;

    public static final BoardState OFFERED = new BoardState("offered");
    public static final BoardState DOWNLOADING = new BoardState("downloading");
    public static final BoardState STAGED = new BoardState("staged");
    public static final BoardState APPLYING = new BoardState("applying");
    public static final BoardState PROBATION = new BoardState("probation");
    public static final BoardState GOOD = new BoardState("good");
    public static final BoardState ROLLED_BACK = new BoardState("rolled_back");
    public static final BoardState FAILED = new BoardState("failed");

    /** In the order in which a release goes through them. */
    public static final List<BoardState> KNOWN =
            List.of(OFFERED, DOWNLOADING, STAGED, APPLYING, PROBATION, GOOD, ROLLED_BACK, FAILED);

    public BoardState {
        if (!ALLOWED.isWord(word, 1, MAX_LENGTH)) {
            throw new IllegalArgumentException("expected 1 to 32 small letters and underscores");
        }
    }

    @Override
    public int compareTo(BoardState other) {
        return word.compareTo(other.word);
    }

    @Override
    public String toString() {
        return word;
    }
}
