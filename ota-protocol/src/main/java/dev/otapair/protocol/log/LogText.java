package dev.otapair.protocol.log;

/** Text from a peer, made harmless for a log and a terminal. */
public final class LogText {
    private static final int MAX_PEER_CHARACTERS = 200;

    private LogText() {}

    /** Escapes control and format characters, so that a message stays one line and cannot steer a terminal. */
    public static String oneLine(String message) {
        StringBuilder safe = new StringBuilder(message.length());
        for (int i = 0; i < message.length(); i += Character.charCount(message.codePointAt(i))) {
            append(safe, message.codePointAt(i));
        }
        return safe.toString();
    }

    /** As {@link #oneLine}, cut to {@value #MAX_PEER_CHARACTERS} characters: for what a peer sent. */
    public static String ofPeer(String text) {
        String cut = text.length() <= MAX_PEER_CHARACTERS ? text : text.substring(0, MAX_PEER_CHARACTERS) + "…";
        return oneLine(cut);
    }

    private static void append(StringBuilder safe, int point) {
        switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> safe.append("\\u%04x".formatted(point));
            default -> safe.appendCodePoint(point);
        }
    }
}
