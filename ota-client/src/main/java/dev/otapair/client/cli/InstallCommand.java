package dev.otapair.client.cli;

import dev.otapair.client.Outcome;
import dev.otapair.client.Updater;
import dev.otapair.client.progress.Terminal;
import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Installs a package from a file. */
@Command(
        name = "install",
        description = {
            "Install a package from a file, as from a USB stick: it is checked, copied, installed and recorded as one that came"
                    + " from the server. Without FILE: the one that 'ota-client download' fetched, whatever window says. Asks no"
                    + " server.",
            "",
            "FILE.ota.json and FILE.ota.sig.* must be beside it, as they are in the server's folder; only a board that"
                    + " checks no signatures does without."
        },
        footer = {
            "",
            "Exit status: 0 installed, or it was already; 75 another run is at work, or nothing waits; the others as for update.",
            "",
            "Example: ota-client install /media/usb/fw-1.4.0.tar.gz"
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class InstallCommand implements Callable<Integer> {
    @ParentCommand
    private OtaClientCommand program;

    @Parameters(index = "0", arity = "0..1", paramLabel = "FILE", description = "The package.")
    private Optional<Path> file;

    @Option(
            names = "--allow-downgrade",
            description =
                    "Install it though it is older than what is installed, or the same. Not below the board's floor:"
                            + " see reset-floor.")
    private boolean allowDowngrade;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config", "--json", "--allow-downgrade");
        if (file.isEmpty() && allowDowngrade) {
            throw new ParameterException(spec.commandLine(), "--allow-downgrade needs a FILE");
        }
        return program.options().job().run(updater -> Report.ofHand(install(updater)));
    }

    private Outcome install(Updater updater) {
        return file.map(path -> updater.install(path, allowDowngrade, Terminal.progress()))
                .orElseGet(updater::installStaged);
    }
}
