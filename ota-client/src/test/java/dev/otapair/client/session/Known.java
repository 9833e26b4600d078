package dev.otapair.client.session;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.message.DeviceId;

/** What the sessions of the tests know: board-17 and the token "zebra". */
final class Known {
    private Known() {}

    /** Takes v1 servers too. */
    static Credentials allowingLegacy() {
        return with(new RecordingTrust(true));
    }

    static Credentials with(Credentials.Trust trust) {
        return new Credentials(new DeviceId("board-17"), new Secret("zebra"), TokenKey::derive, trust);
    }

    /** A trust that is told what it allows, and remembers whether the server has proved itself. */
    static final class RecordingTrust implements Credentials.Trust {
        private final boolean allowsLegacy;
        private int proven;

        RecordingTrust(boolean allowsLegacy) {
            this.allowsLegacy = allowsLegacy;
        }

        @Override
        public boolean allowsLegacy() {
            return allowsLegacy;
        }

        @Override
        public String whyNoLegacy() {
            return "v1 is not allowed here";
        }

        @Override
        public void proven() {
            proven++;
        }

        int timesProven() {
            return proven;
        }
    }
}
