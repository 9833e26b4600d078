package dev.otapair.client.torture;

import dev.otapair.protocol.testing.SystemCalls;
import dev.otapair.protocol.testing.SystemCalls.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The kernel writes less than it was asked to. These are true short writes: while strace delays the program in front of a file, its
 * limit on the size of files (RLIMIT_FSIZE) is lowered into the middle of what is to be written. What follows is an error, EFBIG, here and
 * with all files after it, as on a disk that is full now; or the limit is lifted again, and the rest can be written.
 */
final class ShortWrite extends AtSyscall {
    private static final List<Long> LIMITS = List.of(1L, 40L);
    private static final List<Long> PACKAGE_LIMITS = List.of(1L, 40_000L, 100_001L, Stage.PACKAGE_BYTES - 1L);
    private static final Duration DWELL = Duration.ofMillis(150);
    private static final long PATIENCE_SECONDS = 60;
    private static final int CANNOT_WRITE = 73;

    /**
     * @param index of the first write of the file
     * @param isCured whether the rest can be written
     */
    private record Fault(int index, Path file, long limit, boolean isCured) {
        @Override
        public String toString() {
            return "%s cut at %d bytes, %s"
                    .formatted(file.getFileName(), limit, isCured ? "then room for the rest" : "then an error");
        }
    }

    @Override
    public String name() {
        return "short-write";
    }

    @Override
    public String faults() {
        return "R5";
    }

    @Override
    public long target() {
        return 100;
    }

    @Override
    void attempt(Play play, Tally tally) throws IOException, InterruptedException {
        List<Fault> faults = faultsOf(play.calls());
        Fault fault = faults.get(tally.turn(faults.size()));
        Scene scene = play.stage().scene();
        play.stage().fresh();

        int status = run(play.program(), fault);

        String when = "%s, status %d".formatted(fault, status);
        if (play.program().hasWrittenShort()) {
            tally.count(fault.isCured() ? "went on writing" : "status " + status);
            tally.require(status == (fault.isCured() ? 0 : CANNOT_WRITE), "the exit status is none of it; " + when);
            UpdateCalls calls = new UpdateCalls(play.calls());
            boolean mayRun = fault.isCured() || !calls.isBeforeScript(fault.index());
            tally.require(mayRun || scene.runs().isEmpty(), "I4: the script ran; " + when);
            boolean isNew = fault.isCured() || calls.isRecorded(fault.index());
            tally.require(scene.installed().equals(isNew ? Scene.NEW : Scene.OLD), "I2: new or old; " + when);
        } else {
            tally.count("wrote nothing short");
        }
        scene.judge(when, tally);
        scene.recover(when, tally);
    }

    private static List<Fault> faultsOf(List<Call> calls) {
        List<Fault> faults = new ArrayList<>();
        for (int index = 0; index < calls.size(); index++) {
            Call call = calls.get(index);
            if (call.name().equals("write") && call.number() == 1) {
                boolean isPackage = call.file().getFileName().toString().startsWith(".part-");
                for (long limit : isPackage ? PACKAGE_LIMITS : LIMITS) {
                    faults.add(new Fault(index, call.file(), limit, false));
                    faults.add(new Fault(index, call.file(), limit, true));
                }
            }
        }
        return faults;
    }

    private static int run(SystemCalls program, Fault fault) throws IOException, InterruptedException {
        Process strace = program.startDwelling(fault.file(), DWELL, "openat", "write");
        if (await(strace, () -> Files.exists(fault.file()))) {
            limit(strace, Long.toString(fault.limit()));
        }
        if (fault.isCured() && await(strace, () -> size(fault.file()) == fault.limit())) {
            limit(strace, "unlimited");
        }
        return SystemCalls.end(strace);
    }

    /** Waits as long as the program runs. */
    private static boolean await(Process program, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (!program.isAlive() || System.nanoTime() - deadline > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
        return true;
    }

    /** The soft limit only: it can be lifted again. */
    private static void limit(Process strace, String bytes) throws IOException, InterruptedException {
        Optional<ProcessHandle> program = strace.children().findFirst();
        if (program.isPresent()) {
            new ProcessBuilder(
                            "prlimit", "--pid", Long.toString(program.get().pid()), "--fsize=" + bytes + ":unlimited")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return -1;
        }
    }
}
