package dev.otapair.protocol.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class OperatorLoggerTest {
    private static final LocalDateTime NOW = LocalDateTime.parse("2021-03-23T14:05:22.152");

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream standardError = System.err;

    @BeforeEach
    void captureStandardError() {
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restoreStandardErrorAndLevel() {
        System.setErr(standardError);
        LogLevel.INFO.apply();
    }

    private static Logger fixed() {
        return new OperatorLogger("dev.otapair.Test", new OperatorLoggerFactory(), () -> NOW);
    }

    private String written() {
        return written.toString(StandardCharsets.UTF_8);
    }

    @Test
    void lineIsWhatOperatorsKnow() {
        fixed().info("Attempt to bind IP/Port: {}:{}", "", 1234);

        assertThat(written())
                .isEqualTo("[INFO] 2021-03-23 14:05:22,152 Attempt to bind IP/Port: :1234" + System.lineSeparator());
    }

    @ParameterizedTest
    @CsvSource({
        "2021-03-03T04:05:06.007, '2021-03-03 04:05:06,007'",
        "2026-12-31T23:59:59.999999999, '2026-12-31 23:59:59,999'"
    })
    void timeHasAllItsDigits(LocalDateTime time, String text) {
        new OperatorLogger("dev.otapair.Test", new OperatorLoggerFactory(), () -> time).info("x");

        assertThat(written()).isEqualTo("[INFO] " + text + " x" + System.lineSeparator());
    }

    @Test
    void timeIsThisMachines() {
        TimeZone before = TimeZone.getDefault();
        try {
            for (String zone : List.of("Asia/Kathmandu", "America/St_Johns", "UTC")) {
                TimeZone.setDefault(TimeZone.getTimeZone(zone));

                assertThat(OperatorLogger.localTime())
                        .isCloseTo(LocalDateTime.now(ZoneId.of(zone)), within(1, ChronoUnit.MINUTES));
            }
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void warningIsSpelledAsPythonDoes() {
        fixed().warn("low");

        assertThat(written()).startsWith("[WARNING] ");
    }

    @Test
    void errorIsSpelledAsPythonDoes() {
        fixed().error("gone");

        assertThat(written()).startsWith("[ERROR] ");
    }

    @Test
    void messageStaysOneLineWhateverIsInIt() {
        fixed().info("peer said {}", "a\r\n[INFO] forged\u001b[2J");

        assertThat(written())
                .isEqualTo("[INFO] 2021-03-23 14:05:22,152 peer said a\\u000d\\u000a[INFO] forged\\u001b[2J"
                        + System.lineSeparator());
    }

    @Test
    void failureComesWithItsTrace() {
        fixed().error("a defect", new IllegalStateException("why"));

        assertThat(written()).contains("a defect" + System.lineSeparator() + "java.lang.IllegalStateException: why");
    }

    @Test
    void loggersOfTheProgramAreOurs() {
        assertThat(LoggerFactory.getLogger("dev.otapair.Test")).isInstanceOf(OperatorLogger.class);
    }

    @Test
    void debugIsSilentUnlessAskedFor() {
        LoggerFactory.getLogger("dev.otapair.Test").debug("message");

        assertThat(written()).isEmpty();
    }

    @Test
    void levelChangesAtRunTime() {
        Logger logger = LoggerFactory.getLogger("dev.otapair.Test");
        LogLevel.DEBUG.apply();
        logger.debug("heard");
        LogLevel.ERROR.apply();
        logger.warn("not heard");

        assertThat(written()).startsWith("[DEBUG] ").contains("heard").doesNotContain("not heard");
    }

    @Test
    void levelsNeverAskedForStaySilent() {
        LogLevel.DEBUG.apply();
        LoggerFactory.getLogger("dev.otapair.Test").trace("too much");

        assertThat(written()).isEmpty();
    }

    @Test
    void librariesAreHeardFromWarnOn() {
        LogLevel.DEBUG.apply();
        Logger library = LoggerFactory.getLogger("io.netty.Test");
        library.info("inner life");
        library.warn("trouble");

        assertThat(written()).contains("trouble").doesNotContain("inner life");
    }

    @Test
    void librariesObeyAStricterLevel() {
        LogLevel.ERROR.apply();
        LoggerFactory.getLogger("io.netty.Test").warn("trouble");

        assertThat(written()).isEmpty();
    }
}
