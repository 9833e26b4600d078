package dev.otapair.client.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Lets a board go back to a v1 server. */
@Command(
        name = "forget-server",
        description = "Forget that the server proved itself: needed only to go back to a v1 server.",
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class ForgetServerCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().job().runWithoutScript(updater -> {
            boolean forgotten = updater.forgetServer();
            String text = forgotten ? "the server's proof is forgotten" : "there was nothing to forget";
            return new Report(0, text, Map.of("forgotten", forgotten));
        });
    }
}
