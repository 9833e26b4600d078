package dev.otapair.client.cli;

import dev.otapair.protocol.cli.ConfigOption;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** What every subcommand of the client has in common. Accepted before and after the subcommand. */
final class RunOptions {
    /** Of the environment: the configuration file. */
    static final String CONFIG_VARIABLE = "OTA_CLIENT_CONFIG";

    @Mixin
    private final ConfigOption config = new ConfigOption(CONFIG_VARIABLE);

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print the result as one JSON object on one line, failures too.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** Returns what the options ask for. */
    Job job() {
        return new Job(config.file(), json, spec.commandLine().getOut());
    }
}
