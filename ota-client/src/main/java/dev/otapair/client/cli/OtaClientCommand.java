package dev.otapair.client.cli;

import dev.otapair.protocol.cli.DigestCommand;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.cli.Program;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The top command; without a subcommand it updates. */
@Command(
        name = "ota-client",
        description = {
            "Keeps a board on the package its server offers.",
            "",
            "One run asks the server, fetches what is new, verifies it, runs the after-process script and records what "
                    + "is installed. It needs no terminal: start it from cron, a timer or at boot."
        },
        footer = {
            "",
            "Exit status: 0 updated or nothing to do, 10 update available (check), 64 usage, 69 expired, 70 script failed, "
                    + "72 taken back, or left alone after failures, 73 cannot write, 74 input or output error, 75 try again later, 76 protocol error, "
                    + "77 token, signature or release refused, 78 configuration, 127 no Java 17, 129/130/143 interrupted."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true,
        subcommands = {
            UpdateCommand.class,
            RunCommand.class,
            CheckCommand.class,
            DownloadCommand.class,
            InstallCommand.class,
            StatusCommand.class,
            VerifyCommand.class,
            RecoverCommand.class,
            RollbackCommand.class,
            ConfirmCommand.class,
            RejectCommand.class,
            RetryCommand.class,
            ResetFloorCommand.class,
            ForgetServerCommand.class,
            DigestCommand.class
        })
public final class OtaClientCommand implements Callable<Integer> {
    @Mixin
    private RunOptions options;

    @Mixin
    private UpdateOptions updateOptions;

    /** Starts the program. */
    public static void main(String... arguments) {
        System.exit(PlainCommand.of(arguments)
                .map(PlainCommand::run)
                .orElseGet(() -> Program.run(new OtaClientCommand(), arguments)));
    }

    @Override
    public Integer call() {
        return new UpdateRun(options.job(), updateOptions.interactive()).call();
    }

    UpdateOptions updateOptions() {
        return updateOptions;
    }

    RunOptions options() {
        return options;
    }
}
