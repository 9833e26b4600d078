package dev.otapair.protocol.cli;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.wire.JsonReport;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;

/** What both programs do alike: results on standard output, the log on standard error, a status from {@link ErrorCode}. */
public final class Program {
    /** EX_USAGE of sysexits. */
    public static final int USAGE = 64;

    private static final int BUG = ErrorCode.IO_ERROR.exitStatus();
    private static final Logger LOG = LoggerFactory.getLogger(Program.class);

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
                .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler(Program::explainUsage)
                .setExecutionExceptionHandler(Program::report);
        addGenerators(line, arguments);
        if (System.console() == null) {
            line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        }
        int status = line.execute(arguments);
        return status == 0 && line.getOut().checkError() ? lostOutput() : status;
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

    /** A PrintWriter keeps quiet about a full disk until it is asked. */
    private static int lostOutput() {
        LOG.error("standard output cannot be written; what was to be printed is lost");
        return ErrorCode.IO_ERROR.exitStatus();
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

    /** What went wrong goes to the log, and where {@code --json} was given to standard output as well. */
    private static int report(Exception failure, CommandLine line, CommandLine.ParseResult parsed) {
        if (failure instanceof OtaException known) {
            known.getMessage().lines().forEach(LOG::error);
            if (isForMachines(line)) {
                Map<String, Object> members = Failure.members(known);
                members.put("status", known.code().exitStatus());
                line.getOut().println(JsonReport.of(members));
            }
            return known.code().exitStatus();
        }
        LOG.error("{} ended by a defect of its own; please report the lines below", line.getCommandName(), failure);
        return BUG;
    }
}
