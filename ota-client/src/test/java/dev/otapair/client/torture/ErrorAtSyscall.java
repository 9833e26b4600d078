package dev.otapair.client.torture;

import dev.otapair.protocol.testing.SystemCalls.Call;
import java.io.IOException;
import java.util.List;

/** A call to the kernel that changes something on the board is not done and gives an error; each call in turn, with each error. */
final class ErrorAtSyscall extends AtSyscall {
    private static final List<String> ERRORS = List.of("EIO", "ENOSPC", "EROFS", "EDQUOT");

    private static final int CANNOT_WRITE = 73;
    private static final int IO_ERROR = 74;

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
    void attempt(Play play, Tally tally) throws IOException, InterruptedException {
        UpdateCalls calls = new UpdateCalls(play.calls());
        int variant = tally.turn(calls.size() * ERRORS.size());
        int index = variant / ERRORS.size();
        String error = ERRORS.get(variant % ERRORS.size());
        Call call = calls.get(index);
        Scene scene = play.stage().scene();
        play.stage().fresh();

        int status = play.program().failAt(call, error);

        String when = "%s at %s, status %d".formatted(error, call, status);
        if (play.program().hasFailed()) {
            tally.count("status " + status);
            boolean isGood = calls.isDispensable(index) || status == 0 && calls.isRepeated(index);
            tally.require(
                    isGood ? status == 0 : status == CANNOT_WRITE || status == IO_ERROR,
                    "the exit status is none of a disk; " + when);
            tally.require(
                    isGood || !calls.isBeforeScript(index) || scene.runs().isEmpty(), "I4: the script ran; " + when);
            boolean isOld = scene.installed().equals(Scene.OLD);
            tally.require(isGood ? !isOld : isOld || calls.isRecorded(index), "I2: new or old; " + when);
        } else {
            tally.count("came to the end before that call");
        }
        scene.judge(when, tally);
        scene.recover(when, tally);
    }
}
