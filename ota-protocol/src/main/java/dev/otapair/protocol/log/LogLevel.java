package dev.otapair.protocol.log;

import org.slf4j.event.Level;

/** How much is logged; {@code log_level} in config.ini. */
public enum LogLevel {
    ERROR(Level.ERROR),
    WARNING(Level.WARN),
    INFO(Level.INFO),
    /** Also each message, with its peer and direction; never a token. */
    DEBUG(Level.DEBUG);

    private final Level level;

    LogLevel(Level level) {
        this.level = level;
    }

    /** Makes this the level of all loggers of the program, from now on. */
    public void apply() {
        Loggers.setLevel(level);
    }
}
