package dev.otapair.client.cli;

import dev.otapair.client.progress.Terminal;
import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Compares the installed release with what it should be, and makes it so. */
@Command(
        name = "verify",
        description = {
            "Read all of the installed release, and put right what is not as it was published: contents, modes, owners, links.",
            "",
            "What the board has nowhere else comes from the server, if that still offers this release: the damaged files alone"
                    + " where it is a signed tree. Each file is exchanged in one step, and no script runs for it: restart what"
                    + " uses them. An installation that was interrupted is brought to its end first. Files that do not belong to the release are named and stay."
        },
        footer = {
            "",
            "Exit status: 0 as it should be now, or nothing to compare it with; 76 some is still damaged, and why is said; the"
                    + " others as for update."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Option(names = "--dry-run", description = "Only look and tell: ask nobody, change nothing.")
    private boolean isDryRun;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        // An installation that was interrupted is brought to its end first, by its script and its health check.
        return isDryRun
                ? program.options().job().runWithoutScript(updater -> Report.ofInspection(updater.inspect()))
                : program.options().job().run(updater -> Report.ofInspection(updater.repair(Terminal.progress())));
    }
}
