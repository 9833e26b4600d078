package dev.otapair.server.delta;

import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/** A process that makes a plan: it has its time and no more, and ends with all that it started. Thread-safe. */
final class MakerProcess implements AutoCloseable {
    private static final Logger LOG = Loggers.of(MakerProcess.class);

    /** Whoever needs longer would keep all others waiting for ever. */
    private static final Duration MOST = Duration.ofHours(6);

    /** As coreutils' timeout says it. */
    static final int TIMED_OUT = 124;

    private final Pair pair;
    private final Process process;

    private MakerProcess(Pair pair, Process process) {
        this.pair = pair;
        this.process = process;
    }

    /**
     * Starts it.
     *
     * @return to be closed by the caller, which ends it
     * @throws IOException if it cannot be started
     */
    static MakerProcess start(Pair pair, List<String> command) throws IOException {
        return new MakerProcess(
                pair,
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    /** Waits until it has ended, for 6 h at most, and returns its exit status, or {@link #TIMED_OUT}. */
    int status() throws InterruptedException {
        return status(MOST);
    }

    /** As above, with another time. */
    int status(Duration most) throws InterruptedException {
        if (!process.waitFor(most.toNanos(), TimeUnit.NANOSECONDS)) {
            LOG.warn("Plan {} was not made within {} min: make-patch is ended", pair, most.toMinutes());
            return TIMED_OUT;
        }
        return process.exitValue();
    }

    /** Asks it to end: it removes its temporary files then. */
    void askToEnd() {
        process.destroy();
    }

    /** Waits until it has ended, and ends it where that takes too long. */
    void endWithin(Duration patience) throws InterruptedException {
        process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS);
        close();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
