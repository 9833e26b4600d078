package dev.otapair.protocol.wire;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts one JSON object after the other out of a stream, and touches nothing that follows an object's closing brace.
 *
 * <p>An automaton over bytes: constant work per byte and no look back, so that a slow sender costs what a fast one does.
 * It checks what framing needs (brackets that match, strings that end, strict UTF-8, bounds); the grammar within is the
 * parser's. Holds memory only while an object is incomplete. Not thread-safe; useless after it has thrown.
 *
 * @see "PROTOCOL.md, section 2: Framing"
 */
public final class JsonFrame {
    /** Bytes of one object, from its opening to its closing brace. */
    public static final int MAX_BYTES = 4096;

    /** Objects and arrays within each other, the outermost included. */
    public static final int MAX_DEPTH = 8;

    /** Bytes of white space before an object. */
    public static final int MAX_WHITE_SPACE = 1024;

    private static final int FIRST_CAPACITY = 256;
    private static final byte[] NONE = {};

    private byte[] held = NONE;
    private int length;
    private int whiteSpace;

    private int depth;
    /** Bit n says what level n is: 1 an object, 0 an array. */
    private int objects;

    private boolean inString;
    private boolean escaped;

    /** Bytes still due of a UTF-8 sequence, and the bounds of the next one (Unicode 15, table 3-7). */
    private int continuations;

    private int continuationLow;
    private int continuationHigh;

    /**
     * Reads up to and including the closing brace of the next object.
     *
     * @param in read from its position; what follows the object stays in it
     * @return the object's bytes, or empty when {@code in} ended before the object did
     * @throws OtaException {@link ErrorCode#MALFORMED_MESSAGE} at the first byte that no object could have there
     */
    public Optional<byte[]> read(ByteBuffer in) {
        while (in.hasRemaining()) {
            byte next = in.get();
            if (depth == 0 && isWhiteSpace(next)) {
                countWhiteSpace();
                continue;
            }
            hold(next);
            step(next & 0xff);
            if (depth == 0) {
                return Optional.of(take());
            }
        }
        return Optional.empty();
    }

    /** Says whether an object has begun and not ended. */
    public boolean isIncomplete() {
        return length > 0;
    }

    private void step(int next) {
        if (inString) {
            stepInString(next);
            return;
        }
        if (depth == 0 && next != '{') {
            throw malformed("a message starts with byte 0x%02x, expected '{'".formatted(next));
        }
        switch (next) {
            case '{' -> open(1);
            case '[' -> open(0);
            case '}' -> close(1);
            case ']' -> close(0);
            case '"' -> inString = true;
            default -> {
                if (next > 0x7e || next < 0x20 && !isWhiteSpace((byte) next)) {
                    throw malformed("byte 0x%02x stands outside a string".formatted(next));
                }
            }
        }
    }

    private void stepInString(int next) {
        if (continuations > 0) {
            if (next < continuationLow || next > continuationHigh) {
                throw malformed("byte 0x%02x is not UTF-8".formatted(next));
            }
            continuations--;
            continuationLow = 0x80;
            continuationHigh = 0xbf;
        } else if (next >= 0x80) {
            startSequence(next);
        } else if (next < 0x20) {
            throw malformed("control character 0x%02x stands in a string".formatted(next));
        } else if (escaped) {
            escaped = false;
        } else if (next == '\\') {
            escaped = true;
        } else if (next == '"') {
            inString = false;
        }
    }

    private void startSequence(int lead) {
        if (escaped || lead < 0xc2 || lead > 0xf4) {
            throw malformed("byte 0x%02x is not UTF-8".formatted(lead));
        }
        continuations = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        continuationLow = switch (lead) {
            case 0xe0 -> 0xa0;
            case 0xf0 -> 0x90;
            default -> 0x80;
        };
        continuationHigh = switch (lead) {
            case 0xed -> 0x9f;
            case 0xf4 -> 0x8f;
            default -> 0xbf;
        };
    }

    private void open(int object) {
        if (depth == MAX_DEPTH) {
            throw malformed("a message is nested deeper than " + MAX_DEPTH);
        }
        depth++;
        objects = objects << 1 | object;
    }

    private void close(int object) {
        if ((objects & 1) != object) {
            throw malformed("a bracket does not match the one that opened");
        }
        depth--;
        objects >>>= 1;
    }

    private void countWhiteSpace() {
        whiteSpace++;
        if (whiteSpace > MAX_WHITE_SPACE) {
            throw malformed("more than " + MAX_WHITE_SPACE + " bytes of white space stand before a message");
        }
    }

    private void hold(byte next) {
        if (length == MAX_BYTES) {
            throw malformed("a message is longer than " + MAX_BYTES + " bytes");
        }
        if (length == held.length) {
            held = Arrays.copyOf(held, Math.max(FIRST_CAPACITY, Math.min(MAX_BYTES, 2 * held.length)));
        }
        held[length] = next;
        length++;
    }

    private byte[] take() {
        byte[] object = length == held.length ? held : Arrays.copyOf(held, length);
        held = NONE;
        length = 0;
        whiteSpace = 0;
        return object;
    }

    private static boolean isWhiteSpace(byte value) {
        return value == ' ' || value == '\n' || value == '\r' || value == '\t';
    }

    private static OtaException malformed(String message) {
        return new OtaException(ErrorCode.MALFORMED_MESSAGE, message);
    }
}
