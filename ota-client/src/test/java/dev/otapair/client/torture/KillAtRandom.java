package dev.otapair.client.torture;

import dev.otapair.client.testing.Board;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The client is killed at a random time of an update, and once in a while not: the times go a tenth beyond its end. The script takes
 * its time, and is left behind by a client that is killed meanwhile; the next run begins at once all the same.
 */
final class KillAtRandom implements Experiment {
    private static final int CYCLES = 3;
    private static final double BEYOND = 1.1;

    private Optional<Stage> stage = Optional.empty();
    private long cycleNanos;

    @Override
    public String name() {
        return "kill-at-random";
    }

    @Override
    public String faults() {
        return "R2";
    }

    @Override
    public long target() {
        return 2_000;
    }

    @Override
    public void attempt(Tally tally) throws Exception {
        if (stage.isEmpty()) {
            stage = Optional.of(Stage.create(Stage.PACKAGE_BYTES));
            measure();
        }
        Scene scene = stage.get().scene();
        Board board = begin();
        long nanos = (long) (tally.random().nextDouble() * BEYOND * cycleNanos);

        Process client = stage.get().program().start(board);
        boolean isOver = client.waitFor(nanos, TimeUnit.NANOSECONDS);
        client.destroyForcibly().waitFor();

        String when = "killed after %d ms of %d".formatted(nanos / 1_000_000, cycleNanos / 1_000_000);
        tally.count(isOver ? "came to the end before" : "killed " + phase(board));
        tally.require(!isOver || client.exitValue() == 0, "it ended with " + client.exitValue() + "; not " + when);
        scene.judge(when, tally);
        scene.recover(when, tally);
        scene.judgeTurns(when, tally);
        tally.count("script ran a second time", scene.runs().size() - 1L);
        tally.attempted(1);
    }

    /** Updates undisturbed, to know how long that takes. */
    private void measure() throws IOException, InterruptedException {
        long used = 0;
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            Board board = begin();
            long since = System.nanoTime();
            stage.get().program().start(board).waitFor();
            used += System.nanoTime() - since;
        }
        cycleNanos = used / CYCLES;
    }

    private Board begin() throws IOException {
        Board board = stage.get().fresh();
        stage.get().scene().takingItsTime("sleep 0.2");
        return board;
    }

    /** Says how far it had come. */
    private static String phase(Board board) throws IOException {
        List<String> kept = board.kept();
        if (Files.exists(board.file("turns"))) {
            return board.installed().equals(Scene.NEW) ? "when all was done" : "in or after the script";
        }
        if (kept.contains(Scene.NEW)) {
            return "before the script";
        }
        return kept.stream().anyMatch(name -> name.startsWith(".part-")) ? "in the download" : "before the download";
    }

    @Override
    public void close() throws IOException {
        if (stage.isPresent()) {
            stage.get().close();
        }
    }
}
