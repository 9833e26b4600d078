package dev.otapair.client.install;

import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;

/**
 * Brings what a script prints into the log, line by line, up to a cap; what is beyond is read and dropped, so that the
 * script never waits for us.
 */
final class ScriptOutput {
    private static final Logger LOG = Loggers.of(ScriptOutput.class);
    private static final int MAX_BYTES = 64 * 1024;
    private static final int MAX_LINE_BYTES = 1000;
    private static final long DRAIN_MILLIS = 500;

    private final String name;
    private final InputStream output;
    private final Thread reader;
    private final byte[] line = new byte[MAX_LINE_BYTES];
    private int length;
    private int logged;

    /** Starts to read, on a thread of its own. */
    ScriptOutput(String name, InputStream output) {
        this.name = name;
        this.output = output;
        this.reader = new Thread(this::readAll, "script-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Waits a moment for the last lines. A process that the script left behind may keep the output open for ever. */
    void finish() throws InterruptedException {
        reader.join(DRAIN_MILLIS);
    }

    private void readAll() {
        byte[] buffer = new byte[8192];
        try {
            for (int count = output.read(buffer); count >= 0; count = output.read(buffer)) {
                for (int i = 0; i < count; i++) {
                    take(buffer[i]);
                }
            }
        } catch (IOException e) {
            LOG.debug("{}: output ended: {}", name, e.getMessage());
        }
        if (length > 0) {
            writeLine();
        }
    }

    private void take(byte next) {
        if (next == '\n' || length == MAX_LINE_BYTES) {
            writeLine();
        }
        if (next != '\n') {
            line[length] = next;
            length++;
        }
    }

    private void writeLine() {
        int size = length + 1;
        if (logged + size <= MAX_BYTES) {
            LOG.info("{}: {}", name, new String(line, 0, length, StandardCharsets.UTF_8));
            logged += size;
        } else if (logged <= MAX_BYTES) {
            LOG.warn("{}: prints more than {} bytes; the rest is not shown", name, MAX_BYTES);
            logged = MAX_BYTES + 1;
        }
        length = 0;
    }
}
