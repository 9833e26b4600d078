package dev.otapair.server.delta;

import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Has plans made by processes of their own: one for patches at a time, and one beside it for what is little work. What fails is left alone for
 * a while, longer each time. Thread-safe.
 */
public final class PatchWorker implements Maker, AutoCloseable {
    private static final Logger LOG = Loggers.of(PatchWorker.class);
    private static final int MAX_WAITING = 64;
    private static final int MAX_FAILURES = 1000;
    private static final long FIRST_PAUSE_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int MAX_DOUBLINGS = 6;
    private static final long END_SECONDS = 5;

    /** What is told to end removes its temporary files. */
    private static final Duration POLITE = Duration.ofSeconds(2);

    private final Function<Pair, List<String>> program;
    private final LongSupplier nanoTime;
    private final Map<Planning, ExecutorService> lanes = new EnumMap<>(Planning.class);
    private final Map<Pair, CompletableFuture<Void>> atWork = new ConcurrentHashMap<>();
    private final Set<MakerProcess> processes = ConcurrentHashMap.newKeySet();
    private final Map<Pair, Failure> failures = new LinkedHashMap<>();
    private volatile boolean closed;

    /** @param nanoTime a clock that only goes forward */
    public PatchWorker(MakerProgram program, LongSupplier nanoTime) {
        this(program::command, nanoTime);
    }

    /** @param program the command that makes a plan, and ends when its standard input does */
    PatchWorker(Function<Pair, List<String>> program, LongSupplier nanoTime) {
        this.program = program;
        this.nanoTime = nanoTime;
        for (Planning lane : Planning.values()) {
            lanes.put(lane, lane(lane));
        }
    }

    /** How often something failed, and until when it is left alone. */
    private record Failure(int count, long until) {}

    @Override
    public CompletableFuture<Void> make(Pair pair) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> running = atWork.putIfAbsent(pair, mine);
        if (running != null) {
            return running;
        }
        mine.whenComplete((done, failure) -> atWork.remove(pair, mine));
        if (isLeftAlone(pair)) {
            mine.completeExceptionally(unavailable("plan %s could not be made a while ago".formatted(pair)));
            return mine;
        }
        try {
            lanes.get(Planning.of(pair)).execute(() -> run(pair, mine));
        } catch (RejectedExecutionException e) {
            mine.completeExceptionally(unavailable("plan %s has to wait: too many are to be made".formatted(pair)));
        }
        return mine;
    }

    /** Ends what is being made. */
    @Override
    public void close() {
        closed = true;
        lanes.values().forEach(ExecutorService::shutdown);
        processes.forEach(MakerProcess::askToEnd);
        try {
            for (MakerProcess process : processes) {
                process.endWithin(POLITE);
            }
            for (ExecutorService lane : lanes.values()) {
                if (!lane.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("A process that makes a patch did not end within {} s", END_SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        atWork.values().forEach(waiting -> waiting.completeExceptionally(unavailable("the server goes down")));
    }

    private void run(Pair pair, CompletableFuture<Void> result) {
        if (closed) {
            result.completeExceptionally(unavailable("the server goes down"));
            return;
        }
        try {
            LOG.info("Making plan {}", pair);
            int status = statusOf(pair);
            if (closed) {
                result.completeExceptionally(unavailable("the server goes down"));
            } else if (status == 0) {
                remember(pair, false);
                result.complete(null);
            } else {
                remember(pair, true);
                result.completeExceptionally(
                        unavailable("plan %s was not made: make-patch ended with status %d".formatted(pair, status)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            result.completeExceptionally(unavailable("the server goes down"));
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // Also where there is no thread left for another process.
            remember(pair, true);
            result.completeExceptionally(unavailable(
                    "plan %s was not made: make-patch cannot be started: %s".formatted(pair, Causes.why(e))));
        }
    }

    private int statusOf(Pair pair) throws IOException, InterruptedException {
        MakerProcess process = MakerProcess.start(pair, program.apply(pair));
        processes.add(process);
        try (process) {
            if (closed) {
                process.close();
            }
            return process.status();
        } finally {
            processes.remove(process);
        }
    }

    private boolean isLeftAlone(Pair pair) {
        synchronized (failures) {
            Failure last = failures.get(pair);
            return last != null && nanoTime.getAsLong() - last.until() < 0;
        }
    }

    private void remember(Pair pair, boolean isFailure) {
        synchronized (failures) {
            Failure last = failures.remove(pair);
            if (isFailure) {
                int count = last == null ? 0 : Math.min(MAX_DOUBLINGS, last.count() + 1);
                failures.put(pair, new Failure(count, nanoTime.getAsLong() + (FIRST_PAUSE_NANOS << count)));
                if (failures.size() > MAX_FAILURES) {
                    failures.remove(failures.keySet().iterator().next());
                }
            }
        }
    }

    private static ExecutorService lane(Planning planning) {
        String name = "make-patch-" + planning.name().toLowerCase(Locale.ROOT);
        return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    private static OtaException unavailable(String message) {
        return new OtaException(ErrorCode.PACKAGE_UNAVAILABLE, message);
    }
}
