package dev.otapair.client.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.message.Request.Standing;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Takes a board to another counter by hand. */
@Command(
        name = "reset-floor",
        description = {
            "Say that release N is the oldest one this board may go to, and the one it has: what is offered must be newer.",
            "",
            "For repairs at the board, when the fleet's counters were lost or one was far too high. Nobody but root at the board"
                    + " can do this; the keys and the revoked ones stay as they are."
        },
        footer = {"", "Example: ota-client reset-floor 0   (the next signed offer is installed, whatever its counter)"},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class ResetFloorCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Parameters(index = "0", paramLabel = "N", description = "A release counter; 0 is below every release.")
    private long release;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        if (release < 0 || release > Standing.MAX_RELEASE) {
            throw new ParameterException(
                    spec.commandLine(), "N is %d, expected 0 to %d".formatted(release, Standing.MAX_RELEASE));
        }
        return program.options()
                .job()
                .runWithoutScript(updater -> Report.ofReset(updater.resetFloor(release), release));
    }
}
