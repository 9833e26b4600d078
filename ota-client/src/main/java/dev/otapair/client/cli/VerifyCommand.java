package dev.otapair.client.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Compares the installed release with what it should be. */
@Command(
        name = "verify",
        description =
                "Read all of the installed release, and say what is not as it was published: contents, modes, owners, links, and"
                        + " files that do not belong to it. Asks nobody, changes nothing.",
        footer = {
            "",
            "What is damaged is fetched with the next release; 'ota-client install FILE' puts this one there anew.",
            "",
            "Exit status: 0 as it should be, or nothing to compare it with; 76 damaged; the others as for update."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().runWithoutScript(updater -> Report.ofInspection(updater.inspect()));
    }
}
