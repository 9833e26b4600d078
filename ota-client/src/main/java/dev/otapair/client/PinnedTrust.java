package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.session.Credentials;
import dev.otapair.client.store.ServerPin;

/** Takes a v1 server where the operator allows it, until the server has proved itself once. */
record PinnedTrust(ClientConfig config, ServerPin pin) implements Credentials.Trust {
    @Override
    public boolean allowsLegacy() {
        return config.allowLegacy() && !pin.isSet();
    }

    @Override
    public String whyNoLegacy() {
        return config.allowLegacy()
                ? "the server speaks only v1 now, but has proved that it knows the token before; somebody may stand between."
                        + " If the old server is really back: ota-client forget-server"
                : "the server speaks only v1, which takes the token in clear; nothing was sent."
                        + " Until the server is replaced, legacy_server = yes allows it";
    }

    @Override
    public void proven() {
        pin.set();
    }
}
