package dev.otapair.client.torture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A small share of what {@code .ci/long} does to transfers, so that the experiments themselves stay sound. */
class TransfersTortureTest {
    private static final long SEED = 20_261_122;

    /** The first of the messages' bytes, in each way. */
    @Test
    void messagesAreCut() throws Exception {
        assertHarmless(new BrokenTransfers(12, 1), 0, 12);
    }

    @Test
    void transfersAreBrokenAtRandom() throws Exception {
        assertHarmless(new BrokenTransfers(12, 3), 1_000_000, 36);
    }

    @Test
    void cutsAtEightyPercentCostNothing() throws Exception {
        assertHarmless(new CutsAtEightyPercent(), 0, 2);
    }

    @Test
    void serverIsRestarted() throws Exception {
        assertHarmless(new ServerRestarts(2), 0, 1);
    }

    /** @param first number of an attempt */
    private static void assertHarmless(Experiment experiment, long first, long attempts) throws Exception {
        Tally tally = new Tally(SEED);
        tally.attempted(first);
        try (experiment) {
            while (tally.attempts() < first + attempts) {
                experiment.attempt(tally);
            }
        }
        assertThat(tally.violations()).as("%s", tally.members()).isZero();
    }
}
