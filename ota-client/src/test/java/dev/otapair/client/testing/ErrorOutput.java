package dev.otapair.client.testing;

import dev.otapair.protocol.log.LogLevel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What this process writes to standard error, the log above all, from the constructor until {@link #close}. */
public final class ErrorOutput implements AutoCloseable {
    private final PrintStream before = System.err;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    /** Begins to keep it, at the usual level whatever a test before has set; nothing is shown meanwhile. */
    public ErrorOutput() {
        LogLevel.INFO.apply();
        System.setErr(new PrintStream(kept, true, StandardCharsets.UTF_8));
    }

    /** Returns all of it so far. */
    public String text() {
        return kept.toString(StandardCharsets.UTF_8);
    }

    /** Returns the lines so far. */
    public List<String> lines() {
        return text().lines().toList();
    }

    @Override
    public void close() {
        System.setErr(before);
    }
}
