package dev.otapair.protocol.cli;

import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The options of a top command, which picocli accepts before and after every subcommand, whether it follows them or not. */
public final class InheritedOptions {
    private InheritedOptions() {}

    /**
     * Refuses those that would be ignored. An option a person gave and that does nothing is a trap.
     *
     * @param spec of the subcommand that runs
     * @param names the long names of the options it follows, or that do it no harm
     * @throws ParameterException if another one was given, before or after the subcommand
     */
    public static void allowOnly(CommandSpec spec, String... names) {
        Stream.iterate(spec, each -> each != null, CommandSpec::parent)
                .flatMap(each -> each.commandLine().getParseResult().matchedOptions().stream())
                .filter(option -> option.inherited() || option.command() != spec)
                .map(OptionSpec::longestName)
                .filter(name -> !List.of(names).contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new ParameterException(spec.commandLine(), name + " means nothing here");
                });
    }
}
