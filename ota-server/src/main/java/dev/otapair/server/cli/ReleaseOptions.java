package dev.otapair.server.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command about releases takes. */
final class ReleaseOptions {
    @Option(
            names = "--public-key",
            paramLabel = "FILE",
            description = "Public key to trust besides those in trusted_keys of [Server]. May be given more than once.")
    private List<Path> publicKeys = List.of();

    @Option(names = "--json", description = "Print the result as one JSON object on one line.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Says whether machines read what is printed. */
    boolean isJson() {
        return json;
    }

    /** Opens the desk of the config.ini that the program was given. */
    ReleaseDesk desk(OtaServerCommand program) {
        InheritedOptions.allowOnly(spec, "--config");
        return ReleaseDesk.open(
                program.config().file(), publicKeys, spec.commandLine().getOut(), json);
    }
}
