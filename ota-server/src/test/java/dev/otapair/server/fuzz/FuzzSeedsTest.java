package dev.otapair.server.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.FuzzSeeds;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What the fuzzer starts from, and what it once found, in every build. */
class FuzzSeedsTest {
    @Test
    void sessionHolds() throws IOException {
        assertThat(FuzzSeeds.runAll(ServerSessionFuzzTarget.class, ServerSessionFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(50);
    }
}
