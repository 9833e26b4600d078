package dev.otapair.client.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Threads for boards that are at work at the same time: most of a broken transfer is waiting. */
final class Crowd implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 300;

    private final ExecutorService threads;

    /** What one of them does. */
    @FunctionalInterface
    interface Work {
        void run(int index) throws Exception;
    }

    Crowd(int size) {
        threads = Executors.newFixedThreadPool(size, work -> {
            Thread thread = new Thread(work, "board");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Does the work once for each index below a number, and waits for all.
     *
     * @throws IllegalStateException if one does not end: a board hangs
     */
    void work(int number, Work work) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            int index = i;
            running.add(threads.submit(() -> {
                work.run(index);
                return index;
            }));
        }
        for (int i = 0; i < number; i++) {
            try {
                running.get(i).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new IllegalStateException("board " + i + " hangs", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("board " + i + ": " + e.getCause(), e.getCause());
            }
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
