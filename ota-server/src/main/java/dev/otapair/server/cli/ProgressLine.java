package dev.otapair.server.cli;

import dev.otapair.protocol.cli.StandardError;
import dev.otapair.server.tree.Progress;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Shows a person at a terminal how far long work is, in one line that is written over. Used by one thread. */
final class ProgressLine implements Progress {
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MIB = 1024 * 1024;

    private final PrintStream terminal;
    private final LongSupplier nanos;
    private long lastNanos;
    private boolean isShown;

    /** @param nanos as {@link System#nanoTime} */
    ProgressLine(PrintStream terminal, LongSupplier nanos) {
        this.terminal = terminal;
        this.nanos = nanos;
        this.lastNanos = nanos.getAsLong();
    }

    /** Returns what shows progress to a person, or to nobody where none watches. */
    static Progress ofThisProcess() {
        return StandardError.isTerminal() ? new ProgressLine(System.err, System::nanoTime) : Progress.NONE;
    }

    @Override
    public void report(String work, long done, long total) {
        boolean isOver = done >= total;
        if (isOver ? isShown : nanos.getAsLong() - lastNanos >= PACE_NANOS) {
            lastNanos = nanos.getAsLong();
            isShown = !isOver;
            // At its start again, so that whatever is written next takes its place.
            terminal.print(isOver ? "\033[K" : "%s: %d of %d MiB\033[K\r".formatted(work, done / MIB, total / MIB));
            terminal.flush();
        }
    }
}
