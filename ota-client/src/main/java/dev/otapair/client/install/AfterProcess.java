package dev.otapair.client.install;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.util.function.Consumer;

/**
 * The operator's script that makes a release the board's software.
 *
 * @see "docs/installing.md, section 4: Hooks"
 */
public final class AfterProcess {
    private final Hook hook;

    public AfterProcess(Hook hook) {
        this.hook = hook;
    }

    /** Says whether a failure is what a script has said, and not what kept it from being heard. */
    public static boolean isAnswer(OtaException failure) {
        return failure.code() == ErrorCode.SCRIPT_FAILED || failure.code() == ErrorCode.SCRIPT_DEFERRED;
    }

    /**
     * Runs the script to its end.
     *
     * @param started called with the group's id before the script begins
     * @throws OtaException SCRIPT_DEFERRED on status 75, SCRIPT_FAILED on any other but 0 and when time ran out, or the
     *     signal's code; the script's group is ended then
     */
    public void run(Subject subject, Consumer<String> started) {
        Hook.Result result = hook.call(subject, started);
        switch (result.answer()) {
            case LATER -> throw new OtaException(ErrorCode.SCRIPT_DEFERRED, result.why());
            case NO ->
                throw new OtaException(
                        ErrorCode.SCRIPT_FAILED, result.why() + "; the package stays, the release is not installed");
            case YES -> {
                // As it should.
            }
        }
    }
}
