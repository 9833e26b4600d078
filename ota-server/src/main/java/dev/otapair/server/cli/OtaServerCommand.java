package dev.otapair.server.cli;

import dev.otapair.protocol.cli.ConfigOption;
import dev.otapair.protocol.cli.DigestCommand;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.cli.Program;
import dev.otapair.protocol.cli.Surroundings;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The top command; without a subcommand it serves. */
@Command(
        name = "ota-server",
        description = {
            "Hands out update packages to boards.",
            "",
            "Reads config.ini, listens on its ip and port, and offers what was published, or the package that 'latest' names"
                    + " in the folder 'path'. An edit of config.ini, and a new release, take effect for the next"
                    + " connection."
        },
        footer = {
            "",
            "Signals: HUP reads config.ini again; TERM lets running transfers finish, then ends.",
            "Exit status: 0 ended by a signal, 64 usage, 74 cannot listen, 78 configuration, 127 no Java 17."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true,
        subcommands = {
            ServeCommand.class,
            CheckConfigCommand.class,
            PublishCommand.class,
            ReleasesCommand.class,
            DevicesCommand.class,
            OfferCommand.class,
            WithdrawCommand.class,
            SignCommand.class,
            VerifyCommand.class,
            PinCommand.class,
            UnpinCommand.class,
            GcCommand.class,
            KeygenCommand.class,
            PrepareCommand.class,
            MakePatchCommand.class,
            TokenCommand.class,
            TlsInitCommand.class,
            DigestCommand.class
        })
public final class OtaServerCommand implements Callable<Integer>, Surroundings {
    @Mixin
    private final ConfigOption config = new ConfigOption("OTA_SERVER_CONFIG");

    /** Starts the program. */
    public static void main(String... arguments) {
        System.exit(Program.run(new OtaServerCommand(), arguments));
    }

    @Override
    public Integer call() {
        return ServeCommand.serve(config.file());
    }

    @Override
    public List<Entry> files() {
        return List.of(
                new Entry(
                        "/etc/ota/server.ini",
                        "The configuration of the Debian package; for root and the server alone."),
                new Entry(
                        "/etc/ota/token", "The token, which boards have as well; made when the package is installed."),
                new Entry(
                        "/var/lib/ota-server/packages",
                        "The releases; 'path' of the configuration. A purge leaves them."),
                new Entry(
                        "/var/lib/ota-server/state",
                        "What is known of boards, and patches; 'state_dir' of the configuration. A purge takes it."),
                new Entry("/usr/share/doc/ota-server", "README.md and the guides."));
    }

    @Override
    public List<Entry> environment() {
        return List.of(
                new Entry(
                        "OTA_SERVER_CONFIG",
                        "The configuration, where --config names none; the package's command sets it to /etc/ota/server.ini."),
                new Entry("OTA_JAVA_OPTS", "More flags for the Java virtual machine, separated by blanks."),
                new Entry("JAVA_HOME", "The Java that runs the program; without it, the one on PATH."));
    }

    ConfigOption config() {
        return config;
    }
}
