package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.PowerCutDisk;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers that are killed, or lose the power, at any moment: what was noted a while before is there, and the next one goes on. The
 * seed is printed; {@code -Dcrash.kills} and {@code -Dcrash.cuts} say how many.
 */
class LedgerCrashTest {
    private static final int KILLS = Integer.getInteger("crash.kills", 4);
    private static final int CUTS = Integer.getInteger("crash.cuts", 3);
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());

    /** Changes are written every second; the rest is for a machine that is busy. */
    private static final long WHILE_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);

    @TempDir
    private Path folder;

    private final Random random = new Random(SEED);
    private long next = 1;
    private long due;
    private long noted;
    private long worst;

    /** What ends a writer. */
    private interface Ending {
        void happen() throws Exception;
    }

    @Test
    void killedWriterLosesWhatItNotedLastAtMost() throws Exception {
        for (int kill = 0; kill < KILLS; kill++) {
            writeUntil(folder, () -> {});

            assertThat(assertKept(folder)).isZero();
        }
        System.out.printf("%d kills, seed %d: at most %d of the last notes lost, 0 damaged%n", KILLS, SEED, worst);
    }

    @Test
    void powerCutLosesWhatWasNotedLastAtMost() throws Exception {
        Optional<PowerCutDisk> there = PowerCutDisk.create(folder.toRealPath(), 64);
        Assumptions.assumeTrue(there.isPresent(), "this needs root and loop devices");
        long damaged = 0;
        try (PowerCutDisk disk = there.get()) {
            for (int cut = 0; cut < CUTS; cut++) {
                writeUntil(disk.root().resolve("state"), disk::cut);
                disk.restart();

                damaged += assertKept(disk.root().resolve("state"));
            }
        }
        System.out.printf(
                "%d power cuts, seed %d: at most %d of the last notes lost, %d lines damaged%n",
                CUTS, SEED, worst, damaged);
    }

    /** Lets a writer note until this happens to it, which also kills it. */
    private void writeUntil(Path state, Ending ending) throws Exception {
        long end = System.nanoTime() + WHILE_NANOS + TimeUnit.MILLISECONDS.toNanos(500 + random.nextInt(2000));
        Process writer = start(state);
        try (BufferedReader said = writer.inputReader()) {
            String line = said.readLine();
            for (; line != null && System.nanoTime() < end; line = said.readLine()) {
                noted = Long.parseLong(line);
                due = System.nanoTime() < end - WHILE_NANOS ? noted : due;
            }
            ending.happen();
            // Not by the process itself: that would close what it said as well.
            writer.toHandle().destroyForcibly();
            for (; line != null; line = said.readLine()) {
                noted = Long.parseLong(line);
            }
            writer.waitFor();
        }
        next = noted + 2;
    }

    /** Returns how many lines are damaged. */
    private long assertKept(Path state) {
        LedgerFile.Content kept = LedgerFile.read(state);
        long newest = kept.boards().values().stream()
                .mapToLong(BoardRecord::release)
                .max()
                .orElse(0);
        assertThat(newest).as("seed %d", SEED).isBetween(due, noted + 1);
        for (long number = Math.max(1, due - LedgerWriter.BOARDS + 1); number <= due; number++) {
            BoardRecord board = LedgerFileTest.board((int) (number % LedgerWriter.BOARDS), number);
            assertThat(kept.boards().get(board.board()).release()).isGreaterThanOrEqualTo(number);
        }
        worst = Math.max(worst, noted - newest);
        return kept.damaged();
    }

    private Process start(Path state) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LedgerWriter.class.getName(),
                        state.toString(),
                        Long.toString(next))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
