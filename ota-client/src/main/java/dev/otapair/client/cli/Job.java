package dev.otapair.client.cli;

import dev.otapair.client.Outcome;
import dev.otapair.client.Schedule;
import dev.otapair.client.Updater;
import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.cli.OsSignal;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.wire.JsonReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;

/** One start of the program: which config.ini counts, where the result goes, what ends the work. */
final class Job {
    private static final Logger LOG = Loggers.of(Job.class);

    private final Path config;
    private final boolean json;
    private final PrintWriter out;
    private final Interruption interruption = new Interruption();
    private List<String> warned = List.of();

    /**
     * @param config absolute path of config.ini; it may not exist
     * @param json whether machines read the result
     * @param out where the result goes
     */
    Job(Path config, boolean json, PrintWriter out) {
        this.config = config;
        this.json = json;
        this.out = out;
    }

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

    /**
     * As {@link #run(Function)}, for work that changes nothing: a signal ends it as it ends any program, with the same exit status. To answer
     * one would cost a tenth of a check.
     */
    int ask(Function<Updater, Report> work) {
        return report(ClientConfig::read, work);
    }

    private int run(BiFunction<IniFile, Map<String, String>, ClientConfig> read, Function<Updater, Report> work) {
        OsSignal.HUP.handle(() -> interruption.interrupt(ErrorCode.HUNG_UP));
        endOnSignals();
        return report(read, work);
    }

    private int report(BiFunction<IniFile, Map<String, String>, ClientConfig> read, Function<Updater, Report> work) {
        Report report = work.apply(updaterOf(config(read)));
        print(report);
        return report.status();
    }

    /**
     * Makes one run after the other until the program is told to end.
     *
     * @return the exit status
     * @throws OtaException CONFIG_INVALID if config.ini is of no use at the start; later the one before goes on
     */
    int stay(Function<Updater, Outcome> work) {
        OsSignal.HUP.handle(interruption::rouse);
        endOnSignals();
        ClientConfig settings = config(ClientConfig::read);
        RandomGenerator random = new SplittableRandom();
        try {
            recover(settings);
            pause(new Schedule(settings, random).first(), "the first run");
            while (true) {
                settings = edited(settings);
                pause(runOnce(settings, random, work), "the next run");
            }
        } catch (OtaException e) {
            if (interruption.cause().isEmpty()) {
                throw e;
            }
            LOG.info("Told to end");
            return 0;
        }
    }

    /** What was interrupted does not wait for the first run: the board may have been started anew by a release that does not work. */
    private void recover(ClientConfig settings) {
        try {
            updaterOf(settings).recover();
        } catch (OtaException e) {
            interruption.throwIfInterrupted();
            e.getMessage().lines().forEach(LOG::error);
        }
    }

    /** Returns how long to wait for the next one. A run that was told to end is the last one, its failure is no news. */
    private Duration runOnce(ClientConfig settings, RandomGenerator random, Function<Updater, Outcome> work) {
        Schedule schedule = new Schedule(settings, random);
        Updater updater = updaterOf(settings);
        try {
            Outcome outcome = work.apply(updater);
            print(Report.of(outcome));
            return schedule.after(outcome);
        } catch (OtaException e) {
            interruption.throwIfInterrupted();
            e.getMessage().lines().forEach(LOG::error);
            if (json) {
                print(Report.ofFailure(e));
            }
            return schedule.after(e, updater.nextPoll());
        }
    }

    private void pause(Duration time, String what) {
        LOG.info("{} comes in {} s", what, time.toSeconds());
        interruption.rest(time);
    }

    /** A board must not be lost to an edit. */
    private ClientConfig edited(ClientConfig before) {
        try {
            return config(ClientConfig::read);
        } catch (OtaException e) {
            e.getMessage().lines().forEach(LOG::error);
            LOG.error("the configuration before goes on");
            return before;
        }
    }

    private void endOnSignals() {
        OsSignal.INT.handle(() -> interruption.interrupt(ErrorCode.INTERRUPTED));
        OsSignal.TERM.handle(() -> interruption.interrupt(ErrorCode.TERMINATED));
    }

    private ClientConfig config(BiFunction<IniFile, Map<String, String>, ClientConfig> read) {
        IniFile file = IniFile.read(config);
        List<String> unknown = file.unknownKeys(KnownKeys.bySection());
        if (!unknown.equals(warned)) {
            unknown.forEach(LOG::warn);
            warned = unknown;
        }
        ClientConfig settings = read.apply(file, System.getenv());
        settings.logLevel().apply();
        return settings;
    }

    private Updater updaterOf(ClientConfig settings) {
        return new Updater(settings, System.getenv(), interruption, Clock.systemUTC());
    }

    private void print(Report report) {
        if (json) {
            Map<String, Object> members = new LinkedHashMap<>(report.members());
            members.put("status", report.status());
            out.println(JsonReport.of(members));
        } else {
            out.println(report.text());
        }
    }
}
