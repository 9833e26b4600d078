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

    /**
     * Waits for the end of an earlier call, whose run was killed.
     *
     * @param group as {@code started} was told it; of this start of the board
     * @throws OtaException the signal's code; the script goes on then
     */
    public void awaitLeft(String group) {
        hook.awaitLeft(group);
    }

    /** As above, but ends it. */
    public void endLeft(String group) {
        hook.endLeft(group);
    }
}
