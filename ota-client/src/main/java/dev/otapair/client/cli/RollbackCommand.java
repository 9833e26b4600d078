package dev.otapair.client.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Goes back by hand. */
@Command(
        name = "rollback",
        description = {
            "Go back to the release before the present one: current is switched, the script runs for it with OTA_ROLLBACK=1.",
            "",
            "The release that is left is left alone from now on; 'ota-client retry' lifts that. The release before may be below the"
                    + " board's floor: for this one way back only."
        },
        footer = {"", "Exit status: 0 done; 74 there is no release before; 75 another run is at work."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class RollbackCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().job().run(updater -> Report.ofHand(updater.rollBack()));
    }
}
