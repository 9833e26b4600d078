package dev.otapair.client.cli;

import dev.otapair.client.Updater;
import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.cli.ConfigOption;
import dev.otapair.protocol.cli.OsSignal;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.wire.JsonReport;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** What every subcommand of the client has in common. Accepted before and after the subcommand. */
final class RunOptions {
    private static final Logger LOG = LoggerFactory.getLogger(RunOptions.class);

    @Mixin
    private ConfigOption config;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "Print the result as one JSON object on one line, failures too.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private final Interruption interruption = new Interruption();

    /** Ends what goes on when the program is told to end. */
    Interruption interruption() {
        return interruption;
    }

    /**
     * Runs a command on an updater.
     *
     * @param work returns the members of the result; {@code status} is the exit status, {@code text} what a person reads
     */
    int run(Function<Updater, Report> work) {
        return run(ClientConfig::read, work);
    }

    /** As above, for work that runs no script: that one need not be there. */
    int runWithoutScript(Function<Updater, Report> work) {
        return run(ClientConfig::readWithoutScript, work);
    }

    private int run(BiFunction<IniFile, Map<String, String>, ClientConfig> read, Function<Updater, Report> work) {
        try {
            OsSignal.HUP.handle(() -> interruption.interrupt(ErrorCode.HUNG_UP));
            OsSignal.INT.handle(() -> interruption.interrupt(ErrorCode.INTERRUPTED));
            OsSignal.TERM.handle(() -> interruption.interrupt(ErrorCode.TERMINATED));
            Report report = work.apply(updater(read));
            print(report);
            return report.status();
        } catch (OtaException e) {
            if (json) {
                print(Report.ofFailure(e));
            }
            throw e;
        }
    }

    private Updater updater(BiFunction<IniFile, Map<String, String>, ClientConfig> read) {
        IniFile file = IniFile.read(config.file());
        file.unknownKeys(KnownKeys.bySection()).forEach(LOG::warn);
        ClientConfig settings = read.apply(file, System.getenv());
        settings.logLevel().apply();
        return new Updater(settings, System.getenv(), interruption, Clock.systemUTC());
    }

    private void print(Report report) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> members = new LinkedHashMap<>(report.members());
            members.put("status", report.status());
            out.println(JsonReport.of(members));
        } else {
            out.println(report.text());
        }
    }
}
