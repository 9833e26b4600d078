package dev.otapair.server.cli;

import dev.otapair.protocol.auth.RandomBytes;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.message.Octets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints a token that nobody guesses. */
@Command(
        name = "token",
        description = "Print a new strong token, for 'security' or a line of the devices file. Changes nothing.",
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class TokenCommand implements Callable<Integer> {
    private static final int BYTES = 32;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().getOut().println(new Octets(RandomBytes.of(BYTES)).toBase64());
        return 0;
    }
}
