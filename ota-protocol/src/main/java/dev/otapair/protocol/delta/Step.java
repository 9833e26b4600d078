package dev.otapair.protocol.delta;

/**
 * What the control stream tells to do with a number of bytes. The order is that of the numbers on the wire.
 *
 * @see "PROTOCOL.md, section 9.4: Patches"
 */
enum Step {
    /** Old bytes as they are. */
    COPY,
    /** Old bytes, to which as many of the diff stream are added, by words. */
    ADD,
    /** Nothing; says where words begin from now on. */
    ALIGN,
    /** Bytes of the extra stream, maybe none; then old bytes go on somewhere else. */
    INSERT;

    /** How many bits of a step's number are its kind. */
    static final int BITS = 2;

    /** Bytes of a word. */
    static final int WORD = Integer.BYTES;

    private static final Step[] KINDS = values();

    static Step of(long number) {
        return KINDS[(int) number & KINDS.length - 1];
    }

    /** Returns the number of a step with so many bytes, below 2^61. */
    long number(long count) {
        return count << BITS | ordinal();
    }
}
