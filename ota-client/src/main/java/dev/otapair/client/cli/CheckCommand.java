package dev.otapair.client.cli;

import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Says whether there is an update. */
@Command(
        name = "check",
        description = "Say whether the server offers something else than what is installed. Fetches nothing.",
        footer = {"", "Exit status: 0 up to date, 10 update available; the others as for update."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Override
    public Integer call() {
        return program.options().run(updater -> Report.of(updater.check()));
    }
}
