package dev.otapair.protocol.delta;

/** Sizes of windows as a byte names them: 2 or 3 times a power of two, from 4 KiB on. */
final class Window {
    /** Means 16 MiB. */
    static final int MAX_BYTE = 24;

    private static final int MIN_POWER = 11;

    private Window() {}

    /** Returns bytes; {@code named} is 0 to {@value #MAX_BYTE}. */
    static int ofByte(int named) {
        return (2 | named & 1) << (named >>> 1) + MIN_POWER;
    }

    /** Returns the byte of a size that is one of them. */
    static int toByte(int window) {
        for (int named = 0; named <= MAX_BYTE; named++) {
            if (ofByte(named) == window) {
                return named;
            }
        }
        throw new IllegalArgumentException("a window of %d bytes has no name".formatted(window));
    }

    /** Returns the smallest that holds {@code length} bytes, else the largest that is at most {@code limit}, 4 KiB or more. */
    static int atMost(int limit, long length) {
        int named = 0;
        while (named < MAX_BYTE && ofByte(named) < length && ofByte(named + 1) <= limit) {
            named++;
        }
        return ofByte(named);
    }
}
