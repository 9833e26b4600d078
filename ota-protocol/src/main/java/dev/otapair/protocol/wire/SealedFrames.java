package dev.otapair.protocol.wire;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The messages of one direction of a session, each with its seal as its last member. Not thread-safe.
 *
 * @see "PROTOCOL.md, section 7.3: Seals"
 */
final class SealedFrames {
    private static final byte[] BEFORE = ",\"mac\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER = "\"}".getBytes(StandardCharsets.US_ASCII);
    private static final int BASE64_BYTES = 43;
    /** Bytes that a seal adds to a message, and the brace it moves. */
    static final int TAIL_BYTES = BEFORE.length + BASE64_BYTES + AFTER.length;

    private final SessionKey key;
    private final Role sender;
    private long number;

    SealedFrames(SessionKey key, Role sender) {
        this.key = key;
        this.sender = sender;
    }

    /** Returns a message with its seal. */
    byte[] seal(byte[] message) {
        int length = message.length - 1;
        byte[] mac = next(message, length).toBase64().getBytes(StandardCharsets.US_ASCII);
        byte[] sealed = Arrays.copyOf(message, length + TAIL_BYTES);
        System.arraycopy(BEFORE, 0, sealed, length, BEFORE.length);
        System.arraycopy(mac, 0, sealed, length + BEFORE.length, BASE64_BYTES);
        System.arraycopy(AFTER, 0, sealed, length + TAIL_BYTES - AFTER.length, AFTER.length);
        return sealed;
    }

    /**
     * Returns a message without its seal.
     *
     * @throws OtaException {@link ErrorCode#SEAL_REJECTED} if it has none, or not the right one
     */
    byte[] open(byte[] sealed) {
        int length = sealed.length - TAIL_BYTES;
        boolean hasSeal = length > 0
                && Arrays.equals(sealed, length, length + BEFORE.length, BEFORE, 0, BEFORE.length)
                && Arrays.equals(sealed, sealed.length - AFTER.length, sealed.length, AFTER, 0, AFTER.length);
        if (!hasSeal) {
            throw new OtaException(ErrorCode.SEAL_REJECTED, "a message of an authenticated session has no seal");
        }
        byte[] mac = Arrays.copyOfRange(sealed, length + BEFORE.length, length + BEFORE.length + BASE64_BYTES);
        byte[] expected = next(sealed, length).toBase64().getBytes(StandardCharsets.US_ASCII);
        if (!MessageDigest.isEqual(mac, expected)) {
            throw new OtaException(
                    ErrorCode.SEAL_REJECTED, "a message was altered, repeated or moved on its way: its seal is wrong");
        }
        byte[] message = Arrays.copyOf(sealed, length + 1);
        message[length] = '}';
        return message;
    }

    private Octets next(byte[] message, int length) {
        Octets seal = key.seal(sender, number, message, length);
        number++;
        return seal;
    }
}
