package dev.otapair.client.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Says whether there is an update. */
@Command(
        name = "check",
        description =
                "Say what is installed, what the server offers, who signed it, and why it would be installed or not."
                        + " Fetches nothing.",
        footer = {
            "",
            "Exit status: 0 up to date, 10 update available, 69 up to date with a release that has expired: a newer one may be"
                    + " held back; 77 the offer would be refused; the others as for update."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().job().ask(updater -> Report.ofCheck(updater.check()));
    }
}
