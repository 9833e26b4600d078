package dev.otapair.protocol.log;

import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.simple.SimpleLoggerFactory;

/** Makes the loggers, and holds the one level they share. */
final class OperatorLoggerFactory extends SimpleLoggerFactory {
    private static final String OWN = "dev.otapair.";

    private final Clock clock = Clock.systemDefaultZone();
    private volatile Level level = Level.INFO;

    void setLevel(Level level) {
        this.level = level;
    }

    /** Libraries are heard from WARN on, whatever the level: their inner life is no operator's business. */
    boolean isEnabled(String name, int severity) {
        int least = name.startsWith(OWN) ? level.toInt() : Math.max(level.toInt(), Level.WARN.toInt());
        return severity >= least;
    }

    @Override
    protected Logger createLogger(String name) {
        return new OperatorLogger(name, this, clock);
    }
}
