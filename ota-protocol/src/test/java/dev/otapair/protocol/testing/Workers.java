package dev.otapair.protocol.testing;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The threads of one peer: daemons that wait without sleeping and are gone after {@link #close}. */
final class Workers implements AutoCloseable {
    private static final long JOIN_MILLIS = 5_000;

    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);

    void start(String name, Runnable work) {
        Thread thread = new Thread(() -> runAndForget(work), name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /** A peer may have served thousands: what is over need not be waited for. */
    private void runAndForget(Runnable work) {
        try {
            work.run();
        } finally {
            threads.remove(Thread.currentThread());
        }
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    /** Blocks for a time, or until {@link #signalClose}; says whether work should go on. */
    boolean pause(Duration time) {
        try {
            return !closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends every pause, now and later. Close the sockets after this and before {@link #close}. */
    void signalClose() {
        closed.countDown();
    }

    @Override
    public void close() {
        signalClose();
        try {
            for (Thread thread : threads) {
                thread.join(JOIN_MILLIS);
                if (thread.isAlive()) {
                    throw new IllegalStateException("thread " + thread.getName() + " did not end");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
