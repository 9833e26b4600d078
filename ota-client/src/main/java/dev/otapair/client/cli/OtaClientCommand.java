package dev.otapair.client.cli;

import dev.otapair.protocol.cli.DigestCommand;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.cli.Program;
import dev.otapair.protocol.cli.Surroundings;
import java.util.List;
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
public final class OtaClientCommand implements Callable<Integer>, Surroundings {
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

    @Override
    public List<Entry> files() {
        return List.of(
                new Entry(
                        "/etc/ota/client.ini",
                        "The configuration of the Debian package; holds the token, for root alone."),
                new Entry("/etc/ota/keys.d", "The public keys whose releases this board takes, beside client.ini."),
                new Entry(
                        "/var/lib/ota-client/packages",
                        "What is installed; 'path' of the configuration. The application starts from 'current' in it."),
                new Entry(
                        "/var/lib/ota-client/state",
                        "What the client remembers; 'state_dir' of the configuration. A purge takes it."),
                new Entry("/var/cache/ota-client/client.jsa", "What lets Java start faster; may be removed."),
                new Entry("/usr/share/doc/ota-client", "README.md, the guides and after-process scripts."));
    }

    @Override
    public List<Entry> environment() {
        return List.of(
                new Entry(
                        "OTA_CLIENT_CONFIG",
                        "The configuration, where --config names none; the package's command sets it to /etc/ota/client.ini."),
                new Entry(
                        "OTA_ARCHIVE",
                        "The class-data archive; empty: none. The package's command sets it to /var/cache/ota-client/client.jsa."),
                new Entry("OTA_JAVA_OPTS", "More flags for the Java virtual machine, separated by blanks."),
                new Entry(
                        "JAVA_HOME",
                        "The Java that runs the program; without it, the one on PATH. A runtime that came with the program goes first."));
    }

    UpdateOptions updateOptions() {
        return updateOptions;
    }

    RunOptions options() {
        return options;
    }
}
