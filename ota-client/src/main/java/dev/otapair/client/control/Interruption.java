package dev.otapair.client.control;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;

/**
 * Whether the run was told to end, and how to stop what it waits for at the moment. Steps that must not be cut, like
 * recording a release, simply do not look at it. Thread-safe.
 */
public final class Interruption {
    private static final Runnable NOTHING = () -> {};

    private ErrorCode cause;
    private Runnable stop = NOTHING;

    /** Ends the current wait, and every later one. Called on a signal's thread. */
    public synchronized void interrupt(ErrorCode why) {
        cause = why;
        stop.run();
    }

    /**
     * Waits for something that can be ended; ends it at once if the run was told to end already.
     *
     * @param howToStop called on any thread, more than once if more signals come; must not block for long
     * @param wait returns when what it waits for has come, or was ended
     * @return what {@code wait} returned
     */
    public <T, E extends Exception> T during(Runnable howToStop, Wait<T, E> wait) throws E {
        begin(howToStop);
        try {
            return wait.await();
        } finally {
            begin(NOTHING);
        }
    }

    /** Says whether the run was told to end. */
    public synchronized boolean isInterrupted() {
        return cause != null;
    }

    /** @throws OtaException with the signal's code, if there was one */
    public synchronized void throwIfInterrupted() {
        if (cause != null) {
            throw new OtaException(cause, "told to end; nothing was installed");
        }
    }

    private synchronized void begin(Runnable howToStop) {
        stop = howToStop;
        if (cause != null) {
            stop.run();
        }
    }

    /** A wait that can be ended from outside. */
    @FunctionalInterface
    public interface Wait<T, E extends Exception> {
        T await() throws E;
    }
}
