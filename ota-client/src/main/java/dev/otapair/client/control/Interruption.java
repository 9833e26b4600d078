package dev.otapair.client.control;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Whether the run was told to end, and how to stop what it waits for at the moment. Steps that must not be cut, like
 * recording a release, simply do not look at it. Thread-safe.
 */
public final class Interruption {
    private static final Runnable NOTHING = () -> {};

    private ErrorCode cause;
    private boolean isRoused;
    private Runnable stop = NOTHING;

    /** Ends the current wait, and every later one. Called on a signal's thread. */
    public synchronized void interrupt(ErrorCode why) {
        cause = why;
        notifyAll();
        stop.run();
    }

    /** Ends the present {@link #rest} well, or the next one. Called on a signal's thread. */
    public synchronized void rouse() {
        isRoused = true;
        notifyAll();
    }

    /**
     * Waits for something that can be ended; ends it at once if the run was told to end already. A wait may hold another
     * one: a signal ends the inner one, and the outer one once the inner one has returned.
     *
     * @param howToStop called on any thread, more than once if more signals come; must not block for long
     * @param wait returns when what it waits for has come, or was ended
     * @return what {@code wait} returned
     */
    public <T, E extends Exception> T during(Runnable howToStop, Wait<T, E> wait) throws E {
        Runnable outer = begin(howToStop);
        try {
            return wait.await();
        } finally {
            begin(outer);
        }
    }

    /** Returns the signal's code; empty while the run was not told to end. */
    public synchronized Optional<ErrorCode> cause() {
        return Optional.ofNullable(cause);
    }

    /** @throws OtaException with the signal's code, if there was one */
    public void throwIfInterrupted() {
        throwIfInterrupted("told to end; nothing was installed");
    }

    /**
     * As above, where something may have been done already.
     *
     * @param message what the run came to
     */
    public synchronized void throwIfInterrupted(String message) {
        if (cause != null) {
            throw new OtaException(cause, message);
        }
    }

    /**
     * Waits for a time, or for a signal that ends the run.
     *
     * @throws OtaException with the signal's code, if there was one
     */
    public synchronized void pause(Duration time) {
        waitFor(time, () -> false);
        throwIfInterrupted();
    }

    /**
     * Waits between two runs: for a time, to be roused, or for a signal that ends the program.
     *
     * @throws OtaException with the signal's code, if there was one
     */
    public synchronized void rest(Duration time) {
        waitFor(time, () -> isRoused);
        isRoused = false;
        throwIfInterrupted();
    }

    private void waitFor(Duration time, BooleanSupplier isOver) {
        long deadline = System.nanoTime() + time.toNanos();
        try {
            for (long left = time.toNanos();
                    left > 0 && cause == null && !isOver.getAsBoolean();
                    left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns what was to be stopped before. */
    private synchronized Runnable begin(Runnable howToStop) {
        Runnable before = stop;
        stop = howToStop;
        if (cause != null) {
            stop.run();
        }
        return before;
    }

    /** A wait that can be ended from outside. */
    @FunctionalInterface
    public interface Wait<T, E extends Exception> {
        T await() throws E;
    }
}
