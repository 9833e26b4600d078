package dev.otapair.protocol.delta;

import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** The lines of a plan's text, one after the other. Not thread-safe. */
final class PlanLines {
    private final byte[] text;
    private int position;
    private int line;

    /** @param text not changed */
    PlanLines(byte[] text) {
        this.text = text;
    }

    boolean hasNext() {
        return position < text.length;
    }

    /**
     * Reads the next line.
     *
     * @param reader takes it without its end, one character per byte
     * @throws IllegalArgumentException if there is none, it has no end, or the reader refuses it; names the line
     */
    <T> T next(Function<String, T> reader) {
        line++;
        int end = position;
        while (end < text.length && text[end] != '\n') {
            end++;
        }
        if (end == text.length) {
            throw new IllegalArgumentException("line %d: is missing, or has no end".formatted(line));
        }
        String content = new String(text, position, end - position, StandardCharsets.ISO_8859_1);
        position = end + 1;
        try {
            return reader.apply(content);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("line %d: %s".formatted(line, e.getMessage()), e);
        }
    }
}
