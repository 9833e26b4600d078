package dev.otapair.client.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.session.ClientSessionFuzzTarget;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.testing.FuzzSeeds;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What the fuzzer starts from, and what it once found, in every build. */
class FuzzSeedsTest {
    /** The targets log errors only, for a fuzzer's speed; the tests after this one read the log. */
    @AfterAll
    static void logAgain() {
        LogLevel.INFO.apply();
    }

    @Test
    void sessionHolds() throws IOException {
        assertThat(FuzzSeeds.runAll(ClientSessionFuzzTarget.class, ClientSessionFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(50);
    }

    @Test
    void stateHolds() throws IOException {
        assertThat(FuzzSeeds.runAll(StateFuzzTarget.class, StateFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(20);
    }

    @Test
    void verifiedHolds() throws IOException {
        assertThat(FuzzSeeds.runAll(VerifiedFuzzTarget.class, VerifiedFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(8);
    }
}
