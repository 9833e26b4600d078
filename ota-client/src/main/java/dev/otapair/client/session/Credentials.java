package dev.otapair.client.session;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Octets;

/**
 * What a client has to show, and what it makes of a server's proof.
 *
 * @param device who it is
 * @param secret what it knows
 * @param keys turns that into keys
 * @param trust what it holds of servers that prove nothing
 */
public record Credentials(DeviceId device, Secret secret, Keys keys, Trust trust) {
    /** Finds or computes keys. */
    @FunctionalInterface
    public interface Keys {
        /** Returns the token's key under a server's salt; may take a second. */
        TokenKey of(Secret secret, Octets salt, int iterations);
    }

    /** What is known about the server of this token. */
    public interface Trust {
        /** Says whether a server that only speaks v1 is taken, with the token in clear. */
        boolean allowsLegacy();

        /** Says why not, for the operator. */
        String whyNoLegacy();

        /** The server has proved that it knows the token. */
        void proven();
    }
}
