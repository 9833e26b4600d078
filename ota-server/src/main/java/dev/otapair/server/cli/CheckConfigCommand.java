package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.server.OtaServer;
import dev.otapair.server.Warnings;
import dev.otapair.server.config.ServerConfig;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Says every fault of what a config.ini has for the server at once, without starting anything. */
@Command(
        name = "check-config",
        description = {
            "Say what is wrong with config.ini, all of it at once. Starts nothing, changes nothing.",
            "Checked are the values the server reads, those of [DEFAULT], [Server] and [Product NAME], and in the whole"
                    + " file its lines and whether each section and key is known. What a board reads in [Client] is"
                    + " checked there, by every run of ota-client."
        },
        footer = {"", "Exit status: 0 usable (warnings may be printed), 78 not usable."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class CheckConfigCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        IniFile file = IniFile.read(program.config().file());
        file.unknownKeys(KnownKeys.bySection()).forEach(warning -> out.println("warning: " + warning));
        try {
            ServerConfig config = ServerConfig.read(file, System.getenv());
            OtaServer.requireUsable(config);
            Warnings.about(config).forEach(warning -> out.println("warning: " + warning));
            out.println(file.path() + ": usable");
            return 0;
        } catch (OtaException e) {
            e.getMessage().lines().forEach(fault -> out.println("error: " + fault));
            return e.code().exitStatus();
        }
    }
}
