package dev.otapair.client.torture;

import dev.otapair.client.testing.Board;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The client is killed at a random time between its first write and a tenth beyond its end: before that it has touched nothing. The
 * script takes its time, and is left behind by a client that is killed meanwhile; the next run begins at once all the same.
 */
final class KillAtRandom implements Experiment {
    private static final int CYCLES = 2;
    private static final double BEYOND = 1.1;

    /** Makes a third of a second of the download: else it would be over before it can be hit. */
    private static final String BYTES_PER_SECOND = "600000";

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
            stage.get().scene().server().with("client_bandwidth", BYTES_PER_SECOND);
            measure();
        }
        Scene scene = stage.get().scene();
        long nanos = (long) (tally.random().nextDouble() * BEYOND * cycleNanos);

        Process client = startToFirstWrite();
        boolean isOver = client.waitFor(nanos, TimeUnit.NANOSECONDS);
        client.destroyForcibly().waitFor();

        String when = "killed %d ms after its first write, of %d".formatted(nanos / 1_000_000, cycleNanos / 1_000_000);
        tally.count(isOver ? "came to the end before" : "killed " + phase(scene.board()));
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
            Process client = startToFirstWrite();
            long since = System.nanoTime();
            client.waitFor();
            used += System.nanoTime() - since;
        }
        cycleNanos = used / CYCLES;
    }

    /** Starts an update of a fresh board, and returns when something in its state folder has changed. */
    private Process startToFirstWrite() throws IOException, InterruptedException {
        Board board = stage.get().fresh();
        stage.get().scene().takingItsTime("sleep 0.2");
        FileTime before = changed(board);
        Process client = stage.get().program().start(board);
        while (client.isAlive() && changed(board).equals(before)) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        return client;
    }

    private static FileTime changed(Board board) throws IOException {
        return Files.getLastModifiedTime(board.file(".ota-client"));
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
