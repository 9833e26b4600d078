package dev.otapair.client.cli;

import dev.otapair.client.progress.Terminal;
import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Fetches now what is installed later. */
@Command(
        name = "download",
        description = {
            "Fetch and verify what is on offer, and install it later: by 'ota-client install', or by the first 'ota-client update'"
                    + " whose time it is (window, hold).",
            "",
            "Later needs no network, and checks everything again."
        },
        footer = {"", "Exit status: 0 it is here, or there is nothing new; the others as for update."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class DownloadCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json");
        return program.options().job().run(updater -> Report.of(updater.download(Terminal.progress())));
    }
}
