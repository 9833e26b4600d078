package dev.otapair.client.torture;

import dev.otapair.client.testing.Board;
import dev.otapair.protocol.testing.SystemCalls;
import dev.otapair.protocol.testing.SystemCalls.Call;
import java.io.IOException;

/**
 * As {@link KillAtSyscall}, while a release is unpacked, switched to, and proves itself; or does not, and is taken back.
 */
final class InstallKillAtSyscall extends AtSyscall {
    private final boolean isBad;

    /** @param isBad whether the release does not work */
    InstallKillAtSyscall(boolean isBad) {
        this.isBad = isBad;
    }

    @Override
    public String name() {
        return isBad ? "install-bad-kill-at-syscall" : "install-kill-at-syscall";
    }

    @Override
    public String faults() {
        return isBad ? "R18 R20" : "R1 R20";
    }

    @Override
    public long target() {
        return isBad ? 370 : 310;
    }

    @Override
    Stage begin() throws IOException, InterruptedException {
        return Stage.createUnpacking();
    }

    @Override
    SystemCalls traced(Stage stage) throws IOException {
        fresh(stage);
        Board board = stage.scene().board();
        return isBad ? stage.tracedWayBack(board) : stage.traced(board);
    }

    private Installs fresh(Stage stage) throws IOException {
        stage.copied();
        return Installs.begin(stage.scene(), isBad);
    }

    @Override
    void attempt(Play play, Tally tally) throws IOException, InterruptedException {
        Call call = play.calls().get(tally.turn(play.calls().size()));
        Installs installs = fresh(play.stage());

        boolean isKilled = play.program().killAt(call);

        String step = Moment.stepIn(installs.journal());
        String when = "killed at %s, with the step '%s'".formatted(call, step);
        tally.count(isKilled ? "killed, step '%s'".formatted(step) : "came to the end before that call");
        installs.judge(when, tally);
        installs.recover(true, when, tally);
    }
}
