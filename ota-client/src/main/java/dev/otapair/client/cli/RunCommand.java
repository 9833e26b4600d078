package dev.otapair.client.cli;

import dev.otapair.client.Confirmation;
import dev.otapair.client.progress.Terminal;
import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Updates again and again. */
@Command(
        name = "run",
        description = {
            "Stay, and update again and again: for boards without cron or timers. Between two runs it does nothing.",
            "",
            "The first run comes after a random part of 'splay', the next ones after 'interval', or when the server said, and a"
                    + " random part of 'splay'. A run that fails is told, and followed by the next one. config.ini is read anew"
                    + " for each run."
        },
        footer = {
            "",
            "Signals: HUP makes the next run now; TERM and INT end it, status 0: what has come of a package stays.",
            "",
            "Example, a line of a busybox inittab: ::respawn:/opt/ota-client/bin/ota-client run --config /etc/ota/config.ini"
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().job().stay(updater -> updater.update(Confirmation.ALWAYS, Terminal.progress()));
    }
}
