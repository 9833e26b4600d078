package dev.otapair.protocol.delta;

/**
 * What a part of a zip's expanded form begins with: 8 bytes.
 *
 * @param level {@link #LITERAL} for bytes of the zip, else 1 to 9: an entry's content, which zlib's deflate of this level makes what the zip has
 * @param length of what follows in bytes, 0 to 2^56 - 1
 */
record ZipSegment(int level, long length) {
    static final int BYTES = 8;
    static final int LITERAL = 0;
    static final int MAX_LEVEL = 9;

    /** Of entries whose level is not known: that of nearly all zips. */
    static final int USUAL_LEVEL = 6;

    private static final int LENGTH_BITS = 56;

    /** Reads one; its level is 0 to 255. */
    static ZipSegment read(byte[] bytes, int at) {
        long word = LittleEndian.getLong(bytes, at);
        return new ZipSegment((int) (word & 0xff), word >>> Long.SIZE - LENGTH_BITS);
    }

    void write(byte[] bytes, int at) {
        LittleEndian.putLong(bytes, at, length << Long.SIZE - LENGTH_BITS | level);
    }
}
