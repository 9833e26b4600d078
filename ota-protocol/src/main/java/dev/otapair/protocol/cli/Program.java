package dev.otapair.protocol.cli;

import dev.otapair.protocol.error.ErrorCode;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;

/** What both programs do alike: results on standard output, the log on standard error, a status from {@link ErrorCode}. */
public final class Program {
    /** EX_USAGE of sysexits. */
    public static final int USAGE = 64;

    private Program() {}

    /**
     * Runs one command to its end.
     *
     * @param command the top command, annotated for picocli
     * @return the exit status
     */
    public static int run(Object command, String... arguments) {
        CommandLine line = new CommandLine(command)
                .setExpandAtFiles(false)
                .setOut(Ending.standardOutput())
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler(Program::explainUsage)
                .setExecutionExceptionHandler(Program::report);
        addGenerators(line, arguments);
        if (System.console() == null) {
            line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        }
        return new Ending(line.getCommandName(), false, line.getOut()).written(line.execute(arguments));
    }

    /** For packages, not for people: who starts the program for something else does not pay for them. */
    private static void addGenerators(CommandLine line, String... arguments) {
        if (arguments.length > 0 && arguments[0].startsWith("generate-")) {
            line.addSubcommand(new ManPagesCommand());
            CommandLine completion = new CommandLine(new GenerateCompletion());
            completion.getCommandSpec().usageMessage().hidden(true);
            line.addSubcommand(completion);
        }
    }

    private static int explainUsage(ParameterException fault, String[] arguments) {
        CommandLine line = fault.getCommandLine();
        PrintWriter err = line.getErr();
        err.println(line.getCommandSpec().qualifiedName() + ": " + fault.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(fault, err);
        err.println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
        return USAGE;
    }

    private static boolean isForMachines(CommandLine line) {
        for (CommandLine asked = line; asked != null; asked = asked.getParent()) {
            if (asked.getParseResult() != null && asked.getParseResult().hasMatchedOption("--json")) {
                return true;
            }
        }
        return false;
    }

    private static int report(Exception failure, CommandLine line, CommandLine.ParseResult parsed) {
        return new Ending(line.getCommandName(), isForMachines(line), line.getOut()).failed(failure);
    }
}
