package dev.otapair.client.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.session.ClientSessionFuzzTarget;
import dev.otapair.protocol.testing.FuzzSeeds;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What the fuzzer starts from, and what it once found, in every build. */
class FuzzSeedsTest {
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
}
