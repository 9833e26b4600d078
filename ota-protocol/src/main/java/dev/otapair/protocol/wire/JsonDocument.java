package dev.otapair.protocol.wire;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.nio.ByteBuffer;

/** A JSON object that stands alone, as in a file: held to the bounds of a message. */
public final class JsonDocument {
    private static final JsonReader READER = new JsonReader();

    private JsonDocument() {}

    /**
     * Reads one object.
     *
     * @param owner what to call it in errors
     * @param bytes the object; one line end may follow
     * @throws OtaException {@link ErrorCode#MALFORMED_MESSAGE}, without a word of the content
     * @see "PROTOCOL.md, section 2.1: Reading"
     */
    public static Fields read(String owner, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        byte[] object = new JsonFrame()
                .read(in)
                .orElseThrow(() -> new OtaException(ErrorCode.MALFORMED_MESSAGE, owner + " ends too early"));
        boolean isFollowed = in.hasRemaining() && (in.remaining() > 1 || in.get() != '\n');
        if (isFollowed) {
            throw new OtaException(ErrorCode.MALFORMED_MESSAGE, owner + " is followed by something else");
        }
        return READER.read(owner, object);
    }
}
