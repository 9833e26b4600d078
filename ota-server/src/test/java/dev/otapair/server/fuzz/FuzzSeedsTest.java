package dev.otapair.server.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

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
        assertThat(FuzzSeeds.runAll(ServerSessionFuzzTarget.class, ServerSessionFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(50);
    }

    @Test
    void offersHold() throws IOException {
        assertThat(FuzzSeeds.runAll(OfferFuzzTarget.class, OfferFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(8);
    }
}
