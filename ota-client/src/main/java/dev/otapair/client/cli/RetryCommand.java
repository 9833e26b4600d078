package dev.otapair.client.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Lets a board try a release again that has failed. */
@Command(
        name = "retry",
        description = {
            "Forget that a release has failed on this board: the next run tries it as if it were new.",
            "",
            "After three failures (of the script, or of the content's digest) a release is left alone, status 72, until another"
                    + " one is offered."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class RetryCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().job().runWithoutScript(updater -> {
            boolean forgotten = updater.retry();
            String text = forgotten ? "the failures are forgotten" : "there was nothing to forget";
            return new Report(0, text, Map.of("forgotten", forgotten));
        });
    }
}
