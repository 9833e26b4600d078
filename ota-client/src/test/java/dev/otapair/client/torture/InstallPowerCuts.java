package dev.otapair.client.torture;

import dev.otapair.client.testing.Board;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * As {@link PowerCuts}, while a release is unpacked, switched to, and proves itself; every other one does not, and is taken back. Packages
 * and state are on the disk. Every other cut of each kind looks like another start of the board, as it does to a real one.
 */
final class InstallPowerCuts implements Experiment {
    private static final long PATIENCE_SECONDS = 60;
    private static final int KINDS = 4;
    private static final int TAKEN_BACK = 72;

    private final ExecutorService runner = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "board");
        thread.setDaemon(true);
        return thread;
    });
    private final Obstacle obstacle = new Obstacle(CuttableDisk::obstacle);
    private Optional<CuttableDisk> disk = Optional.empty();
    private Optional<Scene> scene = Optional.empty();
    private volatile boolean isCut;

    @Override
    public String name() {
        return "install-power-cuts";
    }

    @Override
    public String faults() {
        return "R3 R21";
    }

    @Override
    public long target() {
        return 500;
    }

    @Override
    public String obstacle() {
        return obstacle.text();
    }

    @Override
    public void attempt(Tally tally) throws IOException, InterruptedException {
        if (disk.isEmpty()) {
            disk = CuttableDisk.create(name());
            scene = Optional.of(Scene.ofTrees(disk.orElseThrow().beside("scene"), this::fit));
        }
        int kind = (int) (tally.attempt() % KINDS);
        boolean isBad = kind % 2 == 1;
        boolean isAnotherStart = kind / 2 == 1;
        Installs installs = fresh(isBad);
        Moment moment = Moment.any(isBad, tally.random());

        String complaint = updateAndCut(moment, installs, isBad);

        String step = Moment.stepIn(installs.journal());
        String when = "%s release, cut %s, with the step '%s'%s"
                .formatted(isBad ? "bad" : "good", moment, step, isAnotherStart ? ", another start" : "");
        tally.count("cut with the step '%s'".formatted(step));
        tally.require(complaint.isEmpty(), complaint + "; " + when);
        installs.judge(when, tally);
        boolean hasStartedAnew = isAnotherStart && installs.startAnew();
        installs.recover(!hasStartedAnew, when, tally);
        tally.attempted(1);
    }

    private Installs fresh(boolean isBad) throws IOException {
        scene.get().fresh(disk.get().beside("board"), scene.get().address());
        return Installs.begin(scene.get(), isBad);
    }

    /** The script is on another disk: it is not what is at stake. */
    private void fit(Board board) throws IOException {
        Path own = disk.get().root().resolve("board");
        Scene.remove(own);
        board.with("path", own.resolve("packages").toString())
                .with("state_dir", own.resolve("state").toString());
        Installs.fit(board);
    }

    /** Returns what should not have happened; empty if nothing. */
    private String updateAndCut(Moment moment, Installs installs, boolean isBad)
            throws IOException, InterruptedException {
        Board board = scene.get().board();
        isCut = false;
        Future<String> end = runner.submit(() -> update(board, isBad));
        moment.await(installs.journal(), end::isDone);
        isCut = true;
        disk.get().cut();
        try {
            return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the board did not end", e);
        } finally {
            disk.get().restart();
        }
    }

    /** What a board says whose power is gone, nobody hears. */
    private String update(Board board, boolean isBad) throws IOException {
        try {
            board.update();
            return isBad && !isCut ? "what does not work was installed" : "";
        } catch (OtaException e) {
            boolean isExpected = isCut || isBad && e.code().exitStatus() == TAKEN_BACK;
            return isExpected ? "" : "the board failed with the power on: " + e;
        }
    }

    @Override
    public void close() throws IOException {
        runner.shutdown();
        if (scene.isPresent()) {
            scene.get().close();
        }
        if (disk.isPresent()) {
            disk.get().close();
        }
    }
}
