package dev.otapair.client.torture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Breaks boards in every way of docs/reliability.md, section 5, and reports what was left behind. Takes a time budget, shared by the
 * experiments that have not reached their target, and goes on where its report stops. {@code .ci/long} starts it.
 */
@Command(name = "torture", mixinStandardHelpOptions = true, sortOptions = false)
public final class Torture implements Callable<Integer> {
    private static final Duration REPORT_EVERY = Duration.ofSeconds(20);

    @Option(names = "--report", paramLabel = "FILE", required = true, description = "Read if it is there, and written.")
    private Path file;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "600",
            description = "In all. Default: ${DEFAULT-VALUE}.")
    private long seconds;

    @Option(names = "--seed", paramLabel = "N", description = "Of a new report. Default: the time.")
    private long seed = System.currentTimeMillis();

    @Option(names = "--commit", paramLabel = "ID", defaultValue = "unknown", description = "What is being tortured.")
    private String commit;

    @Option(names = "--only", paramLabel = "NAME", split = ",", description = "Some experiments, separated by commas.")
    private List<String> only = List.of();

    /** Starts it; the exit status is 1 if there ever was a violation. */
    public static void main(String... arguments) {
        System.exit(new CommandLine(new Torture()).execute(arguments));
    }

    /** Every experiment there is. */
    static List<Experiment> experiments() {
        return List.of(
                new CrashStates(),
                new Mutants(),
                new PowerCuts(),
                new StoreKills(),
                new KillAtSyscall(),
                new ErrorAtSyscall(),
                new ShortWrite(),
                new KillAtRandom(),
                new InstallKillAtSyscall(false),
                new InstallKillAtSyscall(true),
                new InstallKillAtRandom(),
                new InstallPowerCuts(),
                new OverlappingStarts(),
                new DamagedState(),
                new DamagedPartial(),
                new BrokenTransfers(48, 6),
                new CutsAtEightyPercent(),
                new ServerRestarts(10),
                BadLines.ofEnvironment());
    }

    @Override
    public Integer call() throws Exception {
        Report report = Report.open(file, seed, commit);
        List<Experiment> open = new ArrayList<>();
        boolean isSound = true;
        List<Experiment> all = experiments();
        for (Experiment experiment : all) {
            Tally tally = report.tally(experiment);
            boolean isWanted = only.isEmpty() || only.contains(experiment.name());
            if (isWanted && experiment.obstacle().isEmpty() && tally.attempts() < experiment.target()) {
                open.add(experiment);
            }
            report.keep(experiment, tally);
        }
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        for (int index = 0; index < open.size(); index++) {
            long share = (end - System.nanoTime()) / (open.size() - index);
            run(open.get(index), report, System.nanoTime() + share);
        }
        for (Experiment experiment : all) {
            Tally tally = report.tally(experiment);
            isSound &= tally.violations() == 0;
            System.out.printf(
                    "%-24s %-12s %,9d of %,9d, %d violations %s%n",
                    experiment.name(),
                    experiment.faults(),
                    tally.attempts(),
                    experiment.target(),
                    tally.violations(),
                    experiment.obstacle());
        }
        return isSound ? 0 : 1;
    }

    private static void run(Experiment experiment, Report report, long end) throws Exception {
        Tally tally = report.tally(experiment);
        long since = System.nanoTime();
        long nextReport = since + REPORT_EVERY.toNanos();
        try (experiment) {
            do {
                experiment.attempt(tally);
                if (System.nanoTime() - nextReport > 0) {
                    tally.took((System.nanoTime() - since) / 1e9);
                    since = System.nanoTime();
                    nextReport = since + REPORT_EVERY.toNanos();
                    report.keep(experiment, tally);
                }
            } while (tally.attempts() < experiment.target() && System.nanoTime() - end < 0);
        } finally {
            tally.took((System.nanoTime() - since) / 1e9);
            report.keep(experiment, tally);
        }
    }
}
