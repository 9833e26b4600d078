package dev.otapair.server.cli;

import dev.otapair.server.tree.Progress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Shows a person at a terminal how far long work is, in one line that is written over. Used by one thread. */
final class ProgressLine implements Progress {
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MIB = 1024 * 1024;

    private final PrintStream terminal;
    private long lastNanos = System.nanoTime();
    private boolean isShown;

    private ProgressLine(PrintStream terminal) {
        this.terminal = terminal;
    }

    /** Returns what shows progress to a person, or to nobody where none watches. */
    static Progress ofThisProcess() {
        return isWatched() ? new ProgressLine(System.err) : Progress.NONE;
    }

    @Override
    public void report(String work, long done, long total) {
        boolean isOver = done >= total;
        if (isOver ? isShown : System.nanoTime() - lastNanos >= PACE_NANOS) {
            lastNanos = System.nanoTime();
            isShown = !isOver;
            terminal.print(isOver ? "\r\033[K" : "\r%s: %d of %d MiB\033[K".formatted(work, done / MIB, total / MIB));
            terminal.flush();
        }
    }

    private static boolean isWatched() {
        try {
            String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
