package dev.otapair.protocol.log;

import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * The loggers of our own classes. They are those that slf4j gives to libraries ({@link OperatorLogProvider}), without its search for
 * who provides them, which takes longer than a check takes to connect. Thread-safe.
 */
public final class Loggers {
    private static final OperatorLoggerFactory SHARED = new OperatorLoggerFactory();

    private Loggers() {}

    /** Returns the logger of a class. */
    public static Logger of(Class<?> owner) {
        return SHARED.getLogger(owner.getName());
    }

    static OperatorLoggerFactory shared() {
        return SHARED;
    }

    static void setLevel(Level level) {
        SHARED.setLevel(level);
    }
}
