package dev.otapair.server.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The options that were given, where not all of a command's go together. An option that would do nothing is a trap. */
final class GivenOptions {
    private GivenOptions() {}

    /**
     * Refuses those that would be ignored.
     *
     * @param why they would be, for the message
     * @param names the long names of those that count
     * @throws ParameterException if another one was given
     */
    static void allowOnly(CommandSpec spec, String why, String... names) {
        spec.commandLine().getParseResult().matchedOptions().stream()
                .map(OptionSpec::longestName)
                .filter(name -> !List.of(names).contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new ParameterException(spec.commandLine(), "%s means nothing here: %s".formatted(name, why));
                });
    }
}
