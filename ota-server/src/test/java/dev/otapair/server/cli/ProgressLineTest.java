package dev.otapair.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private static final long MIB = 1024 * 1024;

    private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
    private final AtomicLong millis = new AtomicLong();
    private final ProgressLine line = new ProgressLine(
            new PrintStream(terminal, true, StandardCharsets.US_ASCII), () -> millis.get() * 1_000_000);

    @Test
    void lineIsWrittenOverAndGoesAtTheEnd() {
        for (int done = 0; done <= 4; done++) {
            millis.addAndGet(150);
            line.report("reading", done * MIB, 4 * MIB);
        }

        assertThat(terminal.toString(StandardCharsets.US_ASCII))
                .isEqualTo("reading: 1 of 4 MiB\033[K\rreading: 3 of 4 MiB\033[K\r\033[K");
    }

    @Test
    void shortWorkShowsNothing() {
        millis.addAndGet(199);
        line.report("reading", 1, 2);
        line.report("reading", 2, 2);
        line.report("packing", 0, 0);

        assertThat(terminal.size()).isZero();
    }
}
