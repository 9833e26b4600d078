package dev.otapair.client.torture;

import dev.otapair.protocol.testing.SystemCalls;
import dev.otapair.protocol.testing.SystemCalls.Call;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Breaks the client where it calls the kernel to change something on the board; which calls there are is recorded once. */
abstract class AtSyscall implements Experiment {
    private final Obstacle obstacle = new Obstacle(() -> SystemCalls.areTraceable() ? "" : "strace is not here");
    private Optional<Play> play = Optional.empty();

    /**
     * What the attempts share.
     *
     * @param calls of one run that nothing befalls, in order
     */
    record Play(Stage stage, SystemCalls program, List<Call> calls) {}

    @Override
    public final String obstacle() {
        return obstacle.text();
    }

    @Override
    public final void attempt(Tally tally) throws Exception {
        if (play.isEmpty()) {
            Stage stage = begin();
            SystemCalls program = traced(stage);
            play = Optional.of(new Play(stage, program, program.record()));
        }
        tally.largest("calls of one update", play.get().calls().size());
        attempt(play.get(), tally);
        tally.attempted(1);
    }

    /** Returns what it plays on; closed with the experiment. */
    Stage begin() throws IOException, InterruptedException {
        return Stage.create(Stage.PACKAGE_BYTES);
    }

    /** Returns the program that is broken, on a board that is as good as new. */
    SystemCalls traced(Stage stage) throws IOException {
        return stage.traced(stage.fresh());
    }

    /** Makes one attempt, and tells the tally what came of it; it is counted by the caller. */
    abstract void attempt(Play play, Tally tally) throws Exception;

    @Override
    public void close() throws IOException {
        if (play.isPresent()) {
            play.get().stage().close();
        }
    }
}
