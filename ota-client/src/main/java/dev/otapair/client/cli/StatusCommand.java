package dev.otapair.client.cli;

import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Says what is installed. */
@Command(
        name = "status",
        description = "Say what is installed on this board. Asks nobody.",
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Override
    public Integer call() {
        return program.options().run(updater -> Report.of(updater.installed()));
    }
}
