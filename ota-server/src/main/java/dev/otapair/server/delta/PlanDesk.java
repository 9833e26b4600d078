package dev.otapair.server.delta;

import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.FileStamp;
import dev.otapair.server.store.SharedFile;
import dev.otapair.server.store.SharedFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;

/**
 * Where sessions ask for plans. What is made is found on disk, what is not is made by somebody else, for whom a board is let wait a
 * while. Never blocks its callers; thread-safe.
 */
public final class PlanDesk implements AutoCloseable {
    private static final Logger LOG = Loggers.of(PlanDesk.class);
    private static final int THREADS = 2;

    /** How many questions may wait at a time, for a thread or for a plan; one more is told to come again. */
    private static final int MAX_ASKED = 4096;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    private final Maker maker;
    private final Clock clock;
    private final ExecutorService disk = Executors.newFixedThreadPool(THREADS, threads("plans-"));

    /** Who is being sent something does not wait for what is being looked at. */
    private final ExecutorService senders = Executors.newFixedThreadPool(THREADS, threads("pieces-"));

    private final SharedFiles open = new SharedFiles(senders);

    /** Held while a plan is read: one at a time, as it may be long. */
    private final Object reading = new Object();

    private final AtomicInteger asked = new AtomicInteger();
    private final LoadedPlans loaded;

    /** Those of the configuration that was asked by last. Guarded by this. */
    private Optional<PlanFiles> latest = Optional.empty();

    /** @param maker closed by its owner */
    public PlanDesk(Maker maker, Clock clock) {
        this.maker = maker;
        this.clock = clock;
        this.loaded = new LoadedPlans(clock);
    }

    /**
     * What a board asks for.
     *
     * @param settings in force for its session
     * @param packages the folder of the packages
     * @param pair what the board holds and wants, in its words
     * @param resumed the plan that it has begun to follow
     * @param patience how long to wait for a plan that is not there yet
     */
    public record Ask(
            ServerConfig.Deltas settings, Path packages, Pair pair, Optional<Digest> resumed, Duration patience) {}

    /**
     * An answer.
     *
     * @param plan empty when it is still being made
     * @param retryAfter when to ask again in that case
     */
    public record Answer(Optional<ServedPlan> plan, Duration retryAfter) {}

    /**
     * Finds a plan, or has it made.
     *
     * @return fails with an {@link OtaException} PACKAGE_UNAVAILABLE where boards are better off with the whole package; completes on a
     *     thread of the desk, or another one
     */
    public CompletionStage<Answer> ask(Ask ask) {
        if (asked.incrementAndGet() > MAX_ASKED) {
            asked.decrementAndGet();
            return CompletableFuture.completedFuture(new Answer(Optional.empty(), RETRY_AFTER));
        }
        return CompletableFuture.supplyAsync(() -> filesFor(ask), disk)
                .thenComposeAsync(
                        at -> begun(ask, at)
                                .map(PlanDesk::ready)
                                .orElseGet(() -> find(at.known(ask.pair()), at, ask.patience())),
                        disk)
                .whenComplete((answer, failure) -> asked.decrementAndGet());
    }

    /**
     * Opens a file of a plan that is being sent; the plan is kept meanwhile.
     *
     * @return fails with an {@link UncheckedIOException}, also where the file was changed since it was read; whoever asks for the plan
     *     next has all of it read again. Completes on a thread of the desk
     */
    public CompletionStage<SharedFile> open(ServedPlan plan, ServedPlan.Stored stored) {
        return open.open(stored.file())
                .thenApplyAsync(
                        file -> {
                            // After it was opened: what has got the name by then is not what was read either.
                            if (!FileStamp.of(stored.file()).equals(stored.seen())) {
                                file.release();
                                throw new UncheckedIOException(new IOException(
                                        stored.file() + " was changed since its SHA-256 was seen to be right"));
                            }
                            latest().ifPresent(at -> loaded.isKept(plan.id(), at.cache()));
                            return file;
                        },
                        senders)
                .whenComplete((file, failure) -> {
                    if (failure != null) {
                        loaded.forget(plan);
                    }
                });
    }

    @Override
    public void close() {
        disk.shutdownNow();
        senders.shutdownNow();
    }

    /** What a board waits for goes on being made when it waits no more. */
    private CompletionStage<Answer> find(Pair pair, PlanFiles at, Duration patience) {
        CompletableFuture<ServedPlan> plan = foundOrMade(pair, at);
        if (pair.ability().knowsPatches() && pair.damaged().isEmpty()) {
            plan = plan.exceptionallyComposeAsync(failure -> instead(pair, failure, at), disk);
        }
        // What waits for a plan stays until that is made, also when who asked has gone.
        asked.incrementAndGet();
        plan.whenComplete((made, failure) -> asked.decrementAndGet());
        return plan.thenApply(PlanDesk::served)
                .completeOnTimeout(
                        new Answer(Optional.empty(), RETRY_AFTER), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Where no patch can be made, what has changed can be sent all the same. */
    private CompletionStage<ServedPlan> instead(Pair pair, Throwable failure, PlanFiles at) {
        LOG.warn("{}; boards get what has changed without a patch", Causes.why(failure));
        return foundOrMade(pair.plain(), at);
    }

    private CompletableFuture<ServedPlan> foundOrMade(Pair pair, PlanFiles at) {
        Optional<ServedPlan> made = made(pair, at);
        if (made.isPresent()) {
            return CompletableFuture.completedFuture(made.get());
        }
        // What repairs is added to what the undamaged get.
        CompletableFuture<Void> before =
                pair.damaged().isEmpty() || at.cache().pair(pair.undamaged()).isPresent()
                        ? CompletableFuture.completedFuture(null)
                        : maker.make(pair.undamaged());
        return before.thenCompose(nothing -> maker.make(pair))
                .thenApplyAsync(nothing -> made(pair, at).orElseThrow(() -> unusable(pair)), disk);
    }

    private Optional<ServedPlan> begun(Ask ask, PlanFiles at) {
        return ask.resumed()
                .flatMap(plan -> load(plan, Optional.empty(), ask.pair().want(), at));
    }

    private Optional<ServedPlan> made(Pair pair, PlanFiles at) {
        Optional<PairRecord> record = at.cache().pair(pair);
        Optional<ServedPlan> plan = record.flatMap(known -> load(known.plan(), record, pair.want(), at));
        if (record.isPresent() && plan.isEmpty()) {
            at.cache().forget(pair);
        }
        return plan;
    }

    /** Who asks for a plan that is in memory does not wait for one that is being read. */
    private Optional<ServedPlan> load(Digest id, Optional<PairRecord> record, Digest want, PlanFiles at) {
        return loaded(id, record, want, at).or(() -> {
            synchronized (reading) {
                return loaded(id, record, want, at).or(() -> {
                    Optional<ServedPlan> plan = at.read(id, record, want, clock.instant());
                    plan.ifPresent(loaded::remember);
                    return plan;
                });
            }
        });
    }

    private Optional<ServedPlan> loaded(Digest id, Optional<PairRecord> record, Digest want, PlanFiles at) {
        return loaded.known(id)
                .filter(plan -> plan.want().equals(want)
                        && (record.isEmpty() || plan.body().isPresent())
                        && loaded.isKept(id, at.cache()));
    }

    private synchronized Optional<PlanFiles> latest() {
        return latest;
    }

    /** Another configuration begins with nothing in memory. */
    private synchronized PlanFiles filesFor(Ask ask) {
        Path packages = ask.packages();
        Path deltas = ask.settings().folder();
        if (latest.filter(at -> at.areIn(packages, deltas)).isEmpty()) {
            loaded.clear();
            latest = Optional.of(new PlanFiles(packages, deltas));
        }
        return latest.get();
    }

    private static CompletionStage<Answer> ready(ServedPlan plan) {
        return CompletableFuture.completedFuture(served(plan));
    }

    private static Answer served(ServedPlan plan) {
        return new Answer(Optional.of(plan), Duration.ZERO);
    }

    private static OtaException unusable(Pair pair) {
        return new OtaException(ErrorCode.PACKAGE_UNAVAILABLE, "plan %s was made, and is not of use".formatted(pair));
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
