package dev.otapair.protocol.wire;

/** How messages are spelt. */
enum Dialect {
    /** As the deployed Python programs do: spaces, a size in quotes, MD5. */
    V1(JsonText.python(), 1024),
    /** Compact, numbers as numbers, SHA-256. */
    V2(JsonText.compact(), JsonFrame.MAX_BYTES - SealedFrames.TAIL_BYTES);

    private final JsonText text;
    private final int maxBytes;

    Dialect(JsonText text, int maxBytes) {
        this.text = text;
        this.maxBytes = maxBytes;
    }

    JsonText text() {
        return text;
    }

    /** Returns the most bytes a message may have that this end writes, its seal not counted. */
    int maxBytes() {
        return maxBytes;
    }
}
