package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers that are killed at any moment: what was noted a while before is there, and the next one goes on. The seed is printed;
 * {@code -Dcrash.kills} says how many.
 */
class LedgerCrashTest {
    private static final int KILLS = Integer.getInteger("crash.kills", 4);
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());

    /** Changes are written every second; the rest is for a machine that is busy. */
    private static final long WHILE_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);

    @TempDir
    private Path folder;

    @Test
    void killedWriterLosesWhatItNotedLastAtMost() throws Exception {
        Random random = new Random(SEED);
        long next = 1;
        long worst = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            long end = System.nanoTime() + WHILE_NANOS + TimeUnit.MILLISECONDS.toNanos(500 + random.nextInt(2000));
            long due = 0;
            long noted = 0;
            Process writer = start(next);
            try (BufferedReader said = writer.inputReader()) {
                String line = said.readLine();
                for (; line != null && System.nanoTime() < end; line = said.readLine()) {
                    noted = Long.parseLong(line);
                    due = System.nanoTime() < end - WHILE_NANOS ? noted : due;
                }
                // Not by the process itself: that would close what it said as well.
                writer.toHandle().destroyForcibly();
                for (; line != null; line = said.readLine()) {
                    noted = Long.parseLong(line);
                }
                writer.waitFor();
            }

            LedgerFile.Content kept = LedgerFile.read(folder);
            long newest = kept.boards().values().stream()
                    .mapToLong(BoardRecord::release)
                    .max()
                    .orElse(0);
            assertThat(kept.damaged()).isZero();
            assertThat(newest).as("kill %d, seed %d", kill, SEED).isBetween(due, noted + 1);
            for (long number = Math.max(1, due - LedgerWriter.BOARDS + 1); number <= due; number++) {
                BoardRecord board = LedgerFileTest.board((int) (number % LedgerWriter.BOARDS), number);
                assertThat(kept.boards().get(board.board()).release()).isGreaterThanOrEqualTo(number);
            }
            worst = Math.max(worst, noted - newest);
            next = noted + 2;
        }
        System.out.printf("%d kills, seed %d: at most %d of the last notes lost, 0 damaged%n", KILLS, SEED, worst);
    }

    private Process start(long first) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LedgerWriter.class.getName(),
                        folder.toString(),
                        Long.toString(first))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
