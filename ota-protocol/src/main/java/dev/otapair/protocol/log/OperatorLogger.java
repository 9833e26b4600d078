package dev.otapair.protocol.log;

import java.io.PrintStream;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.function.Supplier;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.simple.SimpleLogger;

/**
 * Writes {@code [LEVEL] 2021-03-23 14:05:22,152 message} to standard error, the line format of the deployed Python
 * programs. One message is one line whatever a peer put into it.
 */
final class OperatorLogger extends SimpleLogger {
    private static final long serialVersionUID = 1L;
    private final transient OperatorLoggerFactory shared;
    private final transient Supplier<Clock> clock;

    OperatorLogger(String name, OperatorLoggerFactory shared, Supplier<Clock> clock) {
        super(name);
        this.shared = shared;
        this.clock = clock;
    }

    @Override
    protected boolean isLevelEnabled(int severity) {
        return shared.isEnabled(name, severity);
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable failure) {
        String message = MessageFormatter.basicArrayFormat(pattern, arguments);
        String line = "[%s] %s %s".formatted(pythonName(level), Time.text(clock.get()), LogText.oneLine(message));
        PrintStream out = System.err;
        synchronized (out) {
            out.println(line);
            if (failure != null) {
                failure.printStackTrace(out);
            }
        }
    }

    private static String pythonName(Level level) {
        return level == Level.WARN ? "WARNING" : level.name();
    }

    /** Zones and formats, which a run that logs nothing does without. */
    private static final class Time {
        private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss,SSS");

        static String text(Clock clock) {
            return LocalDateTime.now(clock).format(FORMAT);
        }
    }
}
