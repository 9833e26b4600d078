package dev.otapair.protocol.log;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** Makes the loggers, and holds the one level they share. */
final class OperatorLoggerFactory implements ILoggerFactory {
    private static final String OWN = "dev.otapair.";

    private final ConcurrentMap<String, Logger> loggers = new ConcurrentHashMap<>();
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
    public Logger getLogger(String name) {
        return loggers.computeIfAbsent(name, each -> new OperatorLogger(each, this, OperatorLogger::localTime));
    }
}
