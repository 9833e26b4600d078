package dev.otapair.client.torture;

import dev.otapair.client.testing.Board;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Many runs of one board begin at once. One does the work, the others find it at work and end; the script waits for them, so that each
 * of them overlaps with it..
 */
final class OverlappingStarts implements Experiment {
    private static final int AT_ONCE = 10;

    /** The script is not kept waiting for ever by a run that waits for the script. */
    private static final String WAIT = "n=0; until [ -e go ] || [ $n -gt 600 ]; do sleep 0.05; n=$((n + 1)); done";

    private static final long PATIENCE_SECONDS = 25;

    private Optional<Stage> stage = Optional.empty();

    @Override
    public String name() {
        return "overlapping-starts";
    }

    @Override
    public String faults() {
        return "R24";
    }

    @Override
    public long target() {
        return 1_000;
    }

    @Override
    public void attempt(Tally tally) throws Exception {
        if (stage.isEmpty()) {
            stage = Optional.of(Stage.create(Stage.PACKAGE_BYTES));
        }
        Scene scene = stage.get().scene();
        Board board = stage.get().fresh();
        scene.takingItsTime(WAIT);

        List<Run> runs = start(board);
        boolean isOneLeft = awaitOneLeft(runs);
        long working = runs.stream().filter(Run::isAlive).count();
        Files.createFile(board.file("go"));
        List<String> results = new ArrayList<>();
        for (Run run : runs) {
            results.add(run.result());
        }

        Collections.sort(results);
        String when = "%d starts at once: %s".formatted(AT_ONCE, results);
        tally.require(isOneLeft && working == 1, "R24: %d were at work together; %s".formatted(working, when));
        tally.require(
                Collections.frequency(results, "0 already_running") == AT_ONCE - 1 && results.contains("0 updated"),
                "R24: not one did the work and the others left it alone; " + when);
        tally.require(
                scene.runs().size() == 1, "I4: the script ran " + scene.runs().size() + " times; " + when);
        tally.count("found another at work", Collections.frequency(results, "0 already_running"));
        tally.count("did the work", Collections.frequency(results, "0 updated"));
        scene.judge(when, tally);
        scene.recover(when, tally);
        scene.judgeTurns(when, tally);
        tally.require(scene.runs().size() == 1, "I4: the script ran again; " + when);
        tally.attempted(AT_ONCE);
    }

    private List<Run> start(Board board) throws IOException {
        List<Run> runs = new ArrayList<>();
        for (int number = 0; number < AT_ONCE; number++) {
            Path said = stage.get().beside("said-" + number);
            Process process = new ProcessBuilder(stage.get().program().update(board))
                    .redirectOutput(said.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            runs.add(new Run(process, said));
        }
        return runs;
    }

    private static boolean awaitOneLeft(List<Run> runs) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (runs.stream().filter(Run::isAlive).count() > 1) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        return true;
    }

    private record Run(Process process, Path said) {
        boolean isAlive() {
            return process.isAlive();
        }

        /** Returns exit status and result, as {@code 0 updated}. */
        String result() throws IOException, InterruptedException {
            int status = process.waitFor();
            String result = Files.readString(said).replaceAll("(?s).*\"result\": ?\"(\\w+)\".*", "$1");
            return status + " " + result.strip();
        }
    }

    @Override
    public void close() throws IOException {
        if (stage.isPresent()) {
            stage.get().close();
        }
    }
}
