package dev.otapair.client.torture;

import java.io.IOException;

/**
 * One way to break a board, in many variants. An experiment holds what its attempts share; it is used by one thread, and closed
 * when its time is up.
 */
interface Experiment extends AutoCloseable {
    /** Returns its name, as the report and the command line have it: words joined by hyphens. */
    String name();

    /** Returns the rows of docs/reliability.md that it is about, as {@code R1 R5}. */
    String faults();

    /** Returns how many attempts make the claim. */
    long target();

    /**
     * Says why this machine cannot do it; empty if it can. A row that cannot be done is reported as such, never as done.
     */
    default String obstacle() {
        return "";
    }

    /**
     * Makes one attempt, or a batch of them, and tells the tally what came of it.
     *
     * @param tally gives the random numbers of this attempt, counts, and takes violations down
     * @throws Exception a defect of the experiment, which ends it and fails the run
     */
    void attempt(Tally tally) throws Exception;

    @Override
    default void close() throws IOException {}
}
