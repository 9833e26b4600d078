package dev.otapair.protocol.auth;

import dev.otapair.protocol.message.Octets;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Seals the messages of one session: each with its direction and its number, so that none can be moved. Immutable. */
public final class SessionKey {
    private final byte[] key;

    SessionKey(byte[] key) {
        this.key = key;
    }

    /**
     * Returns the seal of one message.
     *
     * @param sender whose message it is
     * @param number of the message among its sender's sealed ones, from 0
     * @param message what is sealed
     * @param length how much of it, from its start
     */
    public Octets seal(Role sender, long number, byte[] message, int length) {
        byte[] sealed = length == message.length ? message : Arrays.copyOf(message, length);
        return new Octets(Hmac.of(
                key, sender.label(), ByteBuffer.allocate(8).putLong(number).array(), sealed));
    }

    @Override
    public String toString() {
        return "(session key)";
    }
}
