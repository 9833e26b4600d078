package dev.otapair.protocol.log;

import java.io.PrintStream;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.TimeZone;
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
    private final transient Supplier<LocalDateTime> now;

    OperatorLogger(String name, OperatorLoggerFactory shared, Supplier<LocalDateTime> now) {
        super(name);
        this.shared = shared;
        this.now = now;
    }

    @Override
    protected boolean isLevelEnabled(int severity) {
        return shared.isEnabled(name, severity);
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable failure) {
        String message = MessageFormatter.basicArrayFormat(pattern, arguments);
        String line = "[" + pythonName(level) + "] " + time(now.get()) + " " + LogText.oneLine(message);
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

    /**
     * This machine's time. Not by {@code ZoneId}: its rules are looked for in all jars first, which is a tenth of what a run costs
     * that has nothing else to do.
     */
    static LocalDateTime localTime() {
        Instant now = Instant.now();
        int offset = TimeZone.getDefault().getOffset(now.toEpochMilli()) / 1000;
        return LocalDateTime.ofEpochSecond(now.getEpochSecond() + offset, now.getNano(), ZoneOffset.UTC);
    }

    /** As Python's {@code asctime}; a formatter of Java's would have to be built at each start. */
    private static String time(LocalDateTime time) {
        StringBuilder text = new StringBuilder(32).append(time.toLocalDate()).append(' ');
        Count.padded(text, 2, time.getHour()).append(':');
        Count.padded(text, 2, time.getMinute()).append(':');
        Count.padded(text, 2, time.getSecond()).append(',');
        return Count.padded(text, 3, time.getNano() / 1_000_000).toString();
    }
}
