package dev.otapair.client.torture;

import dev.otapair.protocol.testing.SystemCalls.Call;
import java.io.IOException;

/** The client is killed as it enters a call to the kernel that changes something on the board; at each of them in turn. */
final class KillAtSyscall extends AtSyscall {
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
    void attempt(Play play, Tally tally) throws IOException, InterruptedException {
        Call call = play.calls().get(tally.turn(play.calls().size()));
        Scene scene = play.stage().scene();
        play.stage().fresh();

        boolean isKilled = play.program().killAt(call);

        tally.count(isKilled ? "killed" : "came to the end before that call");
        String when = "killed at " + call;
        tally.require(isKilled || scene.installed().equals(Scene.NEW), "I5: it ended; not " + when);
        scene.judge(when, tally);
        scene.recover(when, tally);
        tally.count("script ran a second time", scene.runs().size() - 1L);
    }
}
