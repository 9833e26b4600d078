package dev.otapair.client.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * A few attempts of each experiment, from anywhere in its list: enough to see that it still works. {@code -Dtorture.seed=N} repeats a
 * run.
 */
class TortureTest {
    private static final long SEED = Long.getLong("torture.seed", System.nanoTime());
    private static final int ANYWHERE = 10_000;

    @TempDir
    private Path folder;

    private static Stream<Arguments> shares() {
        return Stream.of(
                Arguments.of("kill-at-syscall", 2),
                Arguments.of("error-at-syscall", 2),
                Arguments.of("short-write", 1),
                Arguments.of("kill-at-random", 1),
                Arguments.of("install-kill-at-syscall", 1),
                Arguments.of("install-bad-kill-at-syscall", 1),
                Arguments.of("install-kill-at-random", 1),
                Arguments.of("install-power-cuts", 2),
                Arguments.of("overlapping-starts", 1),
                Arguments.of("damaged-state", 8),
                Arguments.of("damaged-partial", 10));
    }

    @ParameterizedTest
    @MethodSource("shares")
    void aFewAttemptsLeaveTheBoardSound(String name, int rounds) throws Exception {
        try (Experiment experiment = named(name)) {
            Assumptions.assumeTrue(experiment.obstacle().isEmpty(), experiment.obstacle());
            Tally tally = new Tally(SEED);
            tally.attempted(new Random(SEED).nextInt(ANYWHERE));
            long before = tally.attempts();

            for (int round = 0; round < rounds; round++) {
                experiment.attempt(tally);
            }

            assertThat(tally.members().get("first_violations")).isEqualTo(List.of());
            assertThat(tally.attempts()).isGreaterThanOrEqualTo(before + rounds);
        }
    }

    @Test
    void tortureGoesOnWhereItsReportStops() throws Exception {
        Path report = folder.resolve("report.json");
        String[] arguments = {"--report", report.toString(), "--seconds", "0", "--only", "damaged-partial"};

        int first = new CommandLine(new Torture()).execute(arguments);
        int second = new CommandLine(new Torture()).execute(arguments);

        assertThat(first).isZero();
        assertThat(second).isZero();
        assertThat(Files.readString(report)).contains("\"target\": 5000, \"attempts\": 2, \"violations\": 0");
    }

    private static Experiment named(String name) {
        return Torture.experiments().stream()
                .filter(experiment -> experiment.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
