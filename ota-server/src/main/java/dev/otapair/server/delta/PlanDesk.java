package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.FileStamp;
import dev.otapair.server.store.SharedFile;
import dev.otapair.server.store.SharedFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where sessions ask for plans. What is made is found on disk, what is not is made by somebody else, for whom a board is let wait a
 * while. Never blocks its callers; thread-safe.
 */
public final class PlanDesk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PlanDesk.class);
    private static final int THREADS = 2;

    /** What is held in memory: plans, and the pieces of all of them. */
    private static final int MAX_PLANS = 64;

    private static final int MAX_PIECES = 20_000;
    private static final Duration TOUCH_INTERVAL = Duration.ofMinutes(1);

    /** What a disk damages looks as it did: for so long, at most, are boards sent it in vain. */
    private static final Duration BELIEVED = Duration.ofHours(1);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    private final Maker maker;
    private final Clock clock;
    private final ExecutorService disk = Executors.newFixedThreadPool(THREADS, threads("plans-"));

    /** Who is being sent something does not wait for what is being looked at. */
    private final ExecutorService senders = Executors.newFixedThreadPool(THREADS, threads("pieces-"));

    private final SharedFiles open = new SharedFiles(senders);

    /** Held while a plan is read: one at a time, as it may be long. */
    private final Object reading = new Object();

    /** By their names, the one that was asked for longest ago first. Guarded by this. */
    private final LinkedHashMap<Digest, Loaded> loaded = new LinkedHashMap<>(16, 0.75f, true);

    /** Guarded by this. */
    private Optional<Places> places = Optional.empty();

    /** @param maker closed by its owner */
    public PlanDesk(Maker maker, Clock clock) {
        this.maker = maker;
        this.clock = clock;
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

    /** How many questions may wait at a time, for a thread or for a plan; one more is told to come again. */
    private static final int MAX_ASKED = 4096;

    private final AtomicInteger asked = new AtomicInteger();

    /**
     * A plan in memory.
     *
     * @param read when its bytes were seen to be the ones they should be
     * @param touched when it was last marked as used
     */
    private record Loaded(ServedPlan plan, Instant read, Instant touched) {
        Loaded touchedAt(Instant now) {
            return new Loaded(plan, read, now);
        }
    }

    /** Where all is that belongs to one configuration. */
    private record Places(Path packages, Path deltas, Catalog catalog, PatchCache cache) {}

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
        return CompletableFuture.supplyAsync(() -> placesOf(ask), disk)
                .thenComposeAsync(
                        at -> begun(ask, at)
                                .map(PlanDesk::ready)
                                .orElseGet(() -> find(known(ask.pair(), at), at, ask.patience())),
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
                            places().ifPresent(at -> isKept(plan.id(), at));
                            return file;
                        },
                        senders)
                .whenComplete((file, failure) -> {
                    if (failure != null) {
                        forget(plan);
                    }
                });
    }

    /** The next one who asks has its files looked at anew, unless that was done since. */
    private synchronized void forget(ServedPlan plan) {
        loaded.computeIfPresent(plan.id(), (id, now) -> now.plan() == plan ? null : now);
    }

    @Override
    public void close() {
        disk.shutdownNow();
        senders.shutdownNow();
    }

    /** What a board waits for goes on being made when it waits no more. */
    private CompletionStage<Answer> find(Pair pair, Places at, Duration patience) {
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
    private CompletionStage<ServedPlan> instead(Pair pair, Throwable failure, Places at) {
        LOG.warn("{}; boards get what has changed without a patch", Causes.why(failure));
        return foundOrMade(pair.plain(), at);
    }

    private CompletableFuture<ServedPlan> foundOrMade(Pair pair, Places at) {
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

    /**
     * What nobody has here is as good as nothing.
     *
     * @throws OtaException PACKAGE_UNAVAILABLE if that goes for what is wanted: a package that was only put there
     */
    private static Pair known(Pair pair, Places at) {
        boolean isTree = at.catalog().isTree(pair.want());
        if (!isTree && !at.catalog().isFile(pair.want())) {
            throw new OtaException(
                    ErrorCode.PACKAGE_UNAVAILABLE,
                    "a plan was asked for, and %s is no release that was published"
                            .formatted(pair.want().hex()));
        }
        boolean isKnown = pair.base()
                .filter(base ->
                        isTree ? at.catalog().isTree(base) : at.catalog().isFile(base))
                .isPresent();
        return isKnown ? pair : pair.unknown();
    }

    private Optional<ServedPlan> begun(Ask ask, Places at) {
        return ask.resumed()
                .flatMap(plan -> load(plan, Optional.empty(), ask.pair().want(), at));
    }

    private Optional<ServedPlan> made(Pair pair, Places at) {
        Optional<PairRecord> record = at.cache().pair(pair);
        Optional<ServedPlan> plan = record.flatMap(known -> load(known.plan(), record, pair.want(), at));
        if (record.isPresent() && plan.isEmpty()) {
            at.cache().forget(pair);
        }
        return plan;
    }

    /** Who asks for a plan that is in memory does not wait for one that is being read. */
    private Optional<ServedPlan> load(Digest id, Optional<PairRecord> record, Digest want, Places at) {
        return loaded(id, record, want, at).or(() -> {
            synchronized (reading) {
                return loaded(id, record, want, at).or(() -> read(id, record, want, at));
            }
        });
    }

    private Optional<ServedPlan> loaded(Digest id, Optional<PairRecord> record, Digest want, Places at) {
        return known(id)
                .filter(plan -> plan.want().equals(want)
                        && (record.isEmpty() || plan.body().isPresent())
                        && isKept(id, at));
    }

    private Optional<ServedPlan> read(Digest id, Optional<PairRecord> record, Digest want, Places at) {
        Optional<ServedPlan> plan = at.cache()
                .plan(id)
                .filter(text -> text.want().equals(want) && at.cache().touch(id, clock.instant()))
                .flatMap(text -> served(id, text, record, at));
        plan.ifPresent(this::remember);
        return plan;
    }

    private Optional<ServedPlan> served(Digest id, Plan plan, Optional<PairRecord> record, Places at) {
        List<ServedPlan.Stored> pieces = new ArrayList<>();
        List<ServedPlan.Stored> body = new ArrayList<>();
        boolean isWhole = record.stream()
                .allMatch(known -> known.manifest().stream().allMatch(part -> add(part, body, at))
                        && add(known.coded(), body, at));
        for (Plan.Piece piece : plan.pieces()) {
            isWhole = isWhole && add(new Content(piece.length(), piece.sha256()), pieces, at);
        }
        return isWhole
                ? Optional.of(new ServedPlan(
                        id,
                        plan.want(),
                        record.map(PairRecord::change).orElse(new Change(0, 0, 0)),
                        record.map(PairRecord::body),
                        body,
                        pieces))
                : Optional.empty();
    }

    /** Adds a file whose bytes are the ones they should be. */
    private static boolean add(Content content, List<ServedPlan.Stored> files, Places at) {
        Optional<Path> piece = at.cache().piece(content.sha256());
        Optional<Path> file = piece.or(() -> at.catalog().find(content.sha256()));
        if (file.isEmpty()) {
            LOG.warn(
                    "Piece {} is not here any more: its plan is made anew",
                    content.sha256().hex());
            return false;
        }
        FileStamp seen = FileStamp.of(file.get());
        if (!isContent(file.get(), content)) {
            LOG.warn("{} is damaged: what needs it is made anew", file.get());
            piece.ifPresent(damaged -> at.cache().forgetPiece(content.sha256()));
            return false;
        }
        files.add(new ServedPlan.Stored(file.get(), content, seen));
        return true;
    }

    private static boolean isContent(Path file, Content content) {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
            return in.size() == content.size()
                    && digester.updateAll(in).finish(Digest.Algorithm.SHA256).equals(content.sha256());
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}", file, FileFault.why(e));
            return false;
        }
    }

    private synchronized Optional<ServedPlan> known(Digest id) {
        return Optional.ofNullable(loaded.get(id))
                .filter(each -> isWithin(BELIEVED, each.read()))
                .map(Loaded::plan);
    }

    private synchronized void remember(ServedPlan plan) {
        Instant now = clock.instant();
        loaded.put(plan.id(), new Loaded(plan, now, now));
        int pieces = loaded.values().stream()
                .mapToInt(each -> each.plan().pieces().size())
                .sum();
        var oldest = loaded.values().iterator();
        while (loaded.size() > 1 && (loaded.size() > MAX_PLANS || pieces > MAX_PIECES)) {
            pieces -= oldest.next().plan().pieces().size();
            oldest.remove();
        }
    }

    /** Marks a plan as used, now and then, and says whether it is still there. */
    private synchronized boolean isKept(Digest id, Places at) {
        Instant now = clock.instant();
        Loaded known = loaded.get(id);
        if (known != null && isWithin(TOUCH_INTERVAL, known.touched())) {
            return true;
        }
        boolean isHere = at.cache().touch(id, now);
        if (known != null && isHere) {
            loaded.put(id, known.touchedAt(now));
        } else {
            loaded.remove(id);
        }
        return isHere;
    }

    /** A clock may also have been set back. */
    private boolean isWithin(Duration most, Instant since) {
        return Duration.between(since, clock.instant()).abs().compareTo(most) < 0;
    }

    private synchronized Optional<Places> places() {
        return places;
    }

    /** Another configuration begins with nothing in memory. */
    private synchronized Places placesOf(Ask ask) {
        Path packages = ask.packages();
        Path deltas = ask.settings().folder();
        if (places.filter(at -> at.packages().equals(packages) && at.deltas().equals(deltas))
                .isEmpty()) {
            loaded.clear();
            places = Optional.of(
                    new Places(packages, deltas, new Catalog(packages), new PatchCache(deltas, new DurableFiles())));
        }
        return places.get();
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
