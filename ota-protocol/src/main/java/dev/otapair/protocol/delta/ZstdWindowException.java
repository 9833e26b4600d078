package dev.otapair.protocol.delta;

/** A frame needs a larger window than the caller gives. */
public final class ZstdWindowException extends ZstdException {
    private static final long serialVersionUID = 1;

    private final long neededBytes;

    ZstdWindowException(long neededBytes, int maxBytes) {
        super("the zstd window is %d bytes, allowed are %d".formatted(neededBytes, maxBytes));
        this.neededBytes = neededBytes;
    }

    /** Returns what the frame asks for. */
    public long neededBytes() {
        return neededBytes;
    }
}
