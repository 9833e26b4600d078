package dev.otapair.client.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.protocol.log.LogLevel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A few attempts of what the torture does to the store by the thousand. */
class StoreTortureTest {
    private static final long SEED = 20_261_127;

    @BeforeAll
    static void recoverInSilence() {
        LogLevel.ERROR.apply();
    }

    @AfterAll
    static void speakAgain() {
        LogLevel.INFO.apply();
    }

    @Test
    void powerCutsLoseNothingAcknowledged() throws Exception {
        assertHolds(new PowerCuts(), 10);
    }

    @Test
    void killsLoseNothingAcknowledged() throws Exception {
        assertHolds(new StoreKills(), 6);
    }

    private static void assertHolds(Experiment experiment, int attempts) throws Exception {
        assumeTrue(experiment.obstacle().isEmpty(), experiment::obstacle);
        Tally tally = new Tally(SEED);
        try (experiment) {
            while (tally.attempts() < attempts) {
                experiment.attempt(tally);
            }
        }
        assertThat(tally.members()).containsEntry("violations", 0L);
    }
}
