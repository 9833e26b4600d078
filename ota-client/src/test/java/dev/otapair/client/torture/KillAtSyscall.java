package dev.otapair.client.torture;

import dev.otapair.protocol.testing.SystemCalls;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The client is killed as it enters a call to the kernel that changes something on the board; at each of them in turn. */
final class KillAtSyscall implements Experiment {
    private Optional<Play> play = Optional.empty();

    /** The calls of one update that goes well. */
    private record Play(Stage stage, SystemCalls program, List<SystemCalls.Call> calls) {
        static Play begin() throws IOException, InterruptedException {
            Stage stage = Stage.create(Stage.PACKAGE_BYTES);
            SystemCalls program = stage.traced(stage.fresh());
            return new Play(stage, program, program.record());
        }
    }

    @Override
    public String name() {
        return "kill-at-syscall";
    }

    @Override
    public String faults() {
        return "R1";
    }

    @Override
    public long target() {
        return 250;
    }

    @Override
    public String obstacle() {
        return SystemCalls.areTraceable() ? "" : "strace is not here";
    }

    @Override
    public void attempt(Tally tally) throws Exception {
        if (play.isEmpty()) {
            play = Optional.of(Play.begin());
        }
        List<SystemCalls.Call> calls = play.get().calls();
        SystemCalls.Call call = calls.get((int) (tally.attempt() % calls.size()));
        Scene scene = play.get().stage().scene();
        play.get().stage().fresh();

        boolean isKilled = play.get().program().killAt(call);

        tally.largest("calls of one update", calls.size());
        tally.count(isKilled ? "killed" : "came to the end before that call");
        String when = "killed at " + call;
        tally.require(isKilled || scene.installed().equals(Scene.NEW), "I5: it ended; not " + when);
        scene.judge(when, tally);
        scene.recover(when, tally);
        tally.count("script ran a second time", scene.runs().size() - 1L);
        tally.attempted(1);
    }

    @Override
    public void close() throws IOException {
        if (play.isPresent()) {
            play.get().stage().close();
        }
    }
}
