package dev.otapair.client.torture;

import dev.otapair.protocol.testing.SystemCalls;
import dev.otapair.protocol.testing.SystemCalls.Call;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A call to the kernel that changes something on the board is not done and gives an error; each call in turn, with each error. */
final class ErrorAtSyscall implements Experiment {
    private static final List<String> ERRORS = List.of("EIO", "ENOSPC", "EROFS", "EDQUOT");

    private static final int CANNOT_WRITE = 73;
    private static final int IO_ERROR = 74;

    private Optional<Play> play = Optional.empty();

    private record Play(Stage stage, SystemCalls program, UpdateCalls calls) {
        static Play begin() throws IOException, InterruptedException {
            Stage stage = Stage.create(Stage.PACKAGE_BYTES);
            SystemCalls program = stage.traced(stage.fresh());
            return new Play(stage, program, new UpdateCalls(program.record()));
        }
    }

    @Override
    public String name() {
        return "error-at-syscall";
    }

    @Override
    public String faults() {
        return "R5";
    }

    @Override
    public long target() {
        return 500;
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
        UpdateCalls calls = play.get().calls();
        int variant = (int) (tally.attempt() % ((long) calls.size() * ERRORS.size()));
        int index = variant / ERRORS.size();
        String error = ERRORS.get(variant % ERRORS.size());
        Call call = calls.get(index);
        Scene scene = play.get().stage().scene();
        play.get().stage().fresh();

        int status = play.get().program().failAt(call, error);

        tally.largest("calls of one update", calls.size());
        String when = "%s at %s, status %d".formatted(error, call, status);
        if (play.get().program().hasFailed()) {
            tally.count("status " + status);
            boolean isHarmless = calls.isDispensable(index);
            tally.require(
                    isHarmless ? status == 0 : status == CANNOT_WRITE || status == IO_ERROR,
                    "the exit status is none of a disk; " + when);
            tally.require(
                    isHarmless || !calls.isBeforeScript(index) || scene.runs().isEmpty(),
                    "I4: the script ran; " + when);
            boolean isOld = scene.installed().equals(Scene.OLD);
            tally.require(status == 0 ? !isOld : isOld || calls.isAfterRecord(index), "I2: new or old; " + when);
        } else {
            tally.count("came to the end before that call");
        }
        scene.judge(when, tally);
        scene.recover(when, tally);
        tally.attempted(1);
    }

    @Override
    public void close() throws IOException {
        if (play.isPresent()) {
            play.get().stage().close();
        }
    }
}
