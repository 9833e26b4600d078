package dev.otapair.client.torture;

import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Cuts the power of a real disk, ext4, while the store works on it; then the disk is mounted again, and judged. An attempt is a
 * cut. The journal is never flushed and ext4 has hardly ever committed by itself so soon: the worst window there is.
 */
final class PowerCuts implements Experiment {
    private static final int FIRST_MILLIS = 2;
    private static final int LAST_MILLIS = 60;
    private static final long PATIENCE_SECONDS = 60;

    private final Contents contents = new Contents(CrashStates.PACKAGE_BYTES);
    private final ExecutorService board = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "board");
        thread.setDaemon(true);
        return thread;
    });
    private final Obstacle obstacle = new Obstacle(CuttableDisk::obstacle);
    private Optional<CuttableDisk> disk = Optional.empty();
    private volatile boolean isCut;

    @Override
    public String name() {
        return "power-cuts";
    }

    @Override
    public String faults() {
        return "R3";
    }

    @Override
    public long target() {
        return 10_000;
    }

    @Override
    public String obstacle() {
        return obstacle.text();
    }

    @Override
    public void attempt(Tally tally) throws IOException, InterruptedException {
        if (disk.isEmpty()) {
            disk = CuttableDisk.create(name());
        }
        CuttableDisk cuttable = disk.orElseThrow();
        Random random = tally.random();
        StoredUpdates updates = new StoredUpdates(cuttable.root(), contents);
        LastPromise promise = new LastPromise(updates.look());
        int before = updates.installed();
        int millis = FIRST_MILLIS + random.nextInt(LAST_MILLIS - FIRST_MILLIS);
        isCut = false;
        Future<String> end = board.submit(() -> work(updates, random.nextLong(), promise));
        Thread.sleep(millis);
        isCut = true;
        cuttable.cut();
        String complaint = result(end);
        tally.require(complaint.isEmpty(), complaint);
        cuttable.restart();

        List<String> faults = new ArrayList<>(promise.faults(updates.look()));
        int next = updates.installed() + 1;
        tally.count("steps acknowledged", promise.steps());
        tally.count("updates acknowledged", next - 1L - before);
        tally.count("cut within a step", promise.isOpen() ? 1 : 0);
        updates.update(next, StoredUpdates.Ledger.NONE);
        faults.addAll(updates.faultsAfter(next));
        faults.forEach(fault -> tally.violation(
                "%s; cut after %d ms and %d steps, from release %d".formatted(fault, millis, promise.steps(), before)));
        tally.attempted(1);
    }

    /**
     * Updates the board until the power is cut.
     *
     * @return what should not have happened; empty if nothing
     */
    private String work(StoredUpdates updates, long seed, LastPromise promise) {
        Random random = new Random(seed);
        try {
            while (!isCut) {
                updates.updateInTrouble(updates.installed() + 1, random, promise);
            }
            return "";
        } catch (IOException | OtaException e) {
            return isCut ? "" : "the store failed with the power on: " + e;
        }
    }

    private static String result(Future<String> end) throws InterruptedException {
        try {
            return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the store did not end", e);
        }
    }

    @Override
    public void close() throws IOException {
        board.shutdown();
        if (disk.isPresent()) {
            disk.get().close();
        }
    }
}
