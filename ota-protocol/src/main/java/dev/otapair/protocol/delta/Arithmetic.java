package dev.otapair.protocol.delta;

/**
 * How diff is added to old bytes. The order is that of the numbers on the wire.
 *
 * @see "PROTOCOL.md, section 9.4: Patches"
 */
enum Arithmetic {
    /** Byte by byte. */
    BYTES,
    /** By words: a change of an address is the same difference wherever it carries. */
    WORDS,
    /** By words, after branches of arm64 are foretold: see {@link Branches}. */
    BRANCHES
}
