package dev.otapair.client.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Ends what an earlier run, or start of the board, could not. */
@Command(
        name = "recover",
        description = {
            "Bring an installation that was interrupted to its end, or take it back. Asks no server.",
            "",
            "For the boot, before the application starts; 'update' and 'run' do the same first of all."
        },
        footer = {"", "Exit status: 0 nothing was open, or it is installed; the others as for update."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class RecoverCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().job().run(updater -> Report.of(updater.recover()));
    }
}
