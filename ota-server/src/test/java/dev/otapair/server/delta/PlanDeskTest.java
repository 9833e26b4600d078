package dev.otapair.server.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.delta.PlanDesk.Answer;
import dev.otapair.server.store.SharedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With plans made in this process, or not at all. */
@Timeout(60)
class PlanDeskTest {
    private static final Duration LONG = Duration.ofSeconds(50);

    @TempDir
    private Path folder;

    private final List<Pair> asked = new CopyOnWriteArrayList<>();
    private final List<Ability> failing = new CopyOnWriteArrayList<>();
    private Path packages;
    private Shelf shelf;
    private Manifest base;
    private Manifest wanted;
    private PlanDesk desk;

    @BeforeEach
    void begin() throws IOException {
        packages = Files.createDirectory(folder.resolve("packages"));
        shelf = new Shelf(packages);
        byte[] app = Trees.program(new Random(1), 50_000);
        base = shelf.tree(
                "fw-1", Map.of("app", app, "kept", bytes("kept"), "more", Trees.noise(new Random(2), 90_000)));
        wanted = shelf.tree("fw-2", Map.of("app", Trees.changed(app, new Random(3)), "kept", bytes("kept")));
        desk = new PlanDesk(this::make, Clock.systemUTC());
    }

    @AfterEach
    void end() {
        desk.close();
    }

    private CompletableFuture<Void> make(Pair pair) {
        asked.add(pair);
        return failing.contains(pair.ability())
                ? CompletableFuture.failedFuture(new OtaException(ErrorCode.PACKAGE_UNAVAILABLE, "it fails"))
                : CompletableFuture.runAsync(() -> maker().make(pair));
    }

    private PlanMaker maker() {
        return new PlanMaker(cache(), new Catalog(packages), new Memory(300L << 20, 1L << 30));
    }

    private PatchCache cache() {
        return new PatchCache(folder.resolve("deltas"), new DurableFiles());
    }

    @Test
    void planIsMadeOnceAndThenFound() throws Exception {
        ServedPlan first = ask(pair(Ability.ALL), LONG).plan().orElseThrow();
        ServedPlan second = ask(pair(Ability.ALL), LONG).plan().orElseThrow();

        assertThat(second).isEqualTo(first);
        assertThat(first.body()).isPresent();
        assertThat(first.bodyFiles()).hasSize(2);
        assertThat(asked).containsExactly(pair(Ability.ALL));
    }

    @Test
    void whatCannotBePatchedIsSentWithoutAPatch() throws Exception {
        failing.add(Ability.ALL);

        ServedPlan plan = ask(pair(Ability.ALL), LONG).plan().orElseThrow();

        assertThat(asked).containsExactly(pair(Ability.ALL), pair(Ability.ZSTD));
        assertThat(plan.body().orElseThrow().isPatch()).isFalse();
    }

    @Test
    void boardIsBetterOffWithThePackageWhereNothingCanBeMade() {
        failing.addAll(List.of(Ability.values()));

        assertUnavailable(pair(Ability.ALL), "it fails");
        assertUnavailable(pair(Ability.NONE), "it fails");
    }

    @Test
    void boardDoesNotWaitForLong() throws Exception {
        PlanDesk slow = new PlanDesk(pair -> new CompletableFuture<>(), Clock.systemUTC());

        Answer answer = ask(slow, pair(Ability.ALL), Optional.empty(), Duration.ofMillis(200));

        assertThat(answer.plan()).isEmpty();
        assertThat(answer.retryAfter()).isEqualTo(Duration.ofSeconds(30));
        slow.close();
    }

    @Test
    void whatWasOnlyPutThereHasNoPlan() throws IOException {
        Files.writeString(packages.resolve("loose"), "loose");

        assertUnavailable(
                new Pair(Shelf.sha256(bytes("loose")), Optional.empty(), Ability.ALL, ObjectNumbers.NONE),
                "no release that was published");
        assertThat(asked).isEmpty();
    }

    @Test
    void baseOfAnotherKindIsNone() throws Exception {
        Digest file = shelf.file("file", bytes("one file")).sha256();

        ask(new Pair(wanted.sha256(), Optional.of(file), Ability.ALL, ObjectNumbers.NONE), LONG);

        assertThat(asked).containsExactly(pair(Ability.ALL).unknown());
    }

    @Test
    void undamagedPlanIsMadeBeforeTheOneThatRepairs() throws Exception {
        Pair damaged = new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, ObjectNumbers.parse("1"));

        ServedPlan plan = ask(damaged, LONG).plan().orElseThrow();

        assertThat(asked).containsExactly(damaged.undamaged(), damaged);
        assertThat(plan.pieces()).hasSize(2);
    }

    @Test
    void planThatABoardHasBegunComesWithoutABody() throws Exception {
        Digest id = ask(pair(Ability.ALL), LONG).plan().orElseThrow().id();
        PlanDesk restarted = new PlanDesk(this::make, Clock.systemUTC());

        ServedPlan plan =
                ask(restarted, pair(Ability.ALL), Optional.of(id), LONG).plan().orElseThrow();
        ServedPlan anew =
                ask(restarted, pair(Ability.ALL), Optional.empty(), LONG).plan().orElseThrow();

        assertThat(plan.id()).isEqualTo(id);
        assertThat(plan.body()).isEmpty();
        assertThat(anew.body()).isPresent();
        assertThat(asked).hasSize(1);
        restarted.close();
    }

    @Test
    void planOfAnotherReleaseIsNotGoneOnWith() throws Exception {
        Digest other =
                ask(pair(Ability.ALL).unknown(), LONG).plan().orElseThrow().id();
        Manifest third = shelf.tree("fw-3", Map.of("app", bytes("three")));

        ServedPlan plan = ask(
                        desk,
                        new Pair(third.sha256(), Optional.empty(), Ability.ALL, ObjectNumbers.NONE),
                        Optional.of(other),
                        LONG)
                .plan()
                .orElseThrow();

        assertThat(plan.want()).isEqualTo(third.sha256());
        assertThat(plan.body()).isPresent();
    }

    @Test
    void answeredPlansAreMarkedAsUsed() throws Exception {
        Digest id = ask(pair(Ability.ALL), LONG).plan().orElseThrow().id();
        Path file = folder.resolve("deltas/plans").resolve(id.hex());
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(30))));
        PlanDesk restarted = new PlanDesk(this::make, Clock.systemUTC());

        ask(restarted, pair(Ability.ALL), Optional.empty(), LONG);

        assertThat(Files.getLastModifiedTime(file).toInstant())
                .isAfter(Instant.now().minus(Duration.ofMinutes(1)));
        restarted.close();
    }

    @Test
    void planThatIsGoneIsMadeAgain() throws Exception {
        ServedPlan first = ask(pair(Ability.ALL), LONG).plan().orElseThrow();
        Files.delete(folder.resolve("deltas/plans").resolve(first.id().hex()));
        PlanDesk restarted = new PlanDesk(this::make, Clock.systemUTC());

        ServedPlan again =
                ask(restarted, pair(Ability.ALL), Optional.empty(), LONG).plan().orElseThrow();

        assertThat(again.id()).isEqualTo(first.id());
        assertThat(asked).hasSize(2);
        restarted.close();
    }

    @Test
    void pieceThatIsDamagedAfterItsFirstUseIsMadeAnewForTheNext() throws Exception {
        ServedPlan first = ask(pair(Ability.ALL), LONG).plan().orElseThrow();
        ServedPlan.Stored piece = first.pieces().get(0);
        open(desk, first, piece).release();
        damage(piece.file());

        assertThatThrownBy(() -> open(desk, first, piece)).hasMessageContaining("was changed since");
        ServedPlan second = ask(pair(Ability.ALL), LONG).plan().orElseThrow();

        assertThat(asked).hasSize(2);
        assertThat(Shelf.sha256(Files.readAllBytes(piece.file())))
                .isEqualTo(piece.content().sha256());
        open(desk, second, second.pieces().get(0)).release();
    }

    /** As disks damage it: without a trace. The test leaves one that nobody looks at. */
    @Test
    void piecesAreReadAgainOnceThatIsLongAgo() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-27T10:00:00Z"));
        PlanDesk timed = new PlanDesk(this::make, clock(now));
        ServedPlan first =
                ask(timed, pair(Ability.ALL), Optional.empty(), LONG).plan().orElseThrow();
        ServedPlan.Stored piece = first.pieces().get(0);
        damage(piece.file());

        now.set(Instant.parse("2026-11-27T10:59:59Z"));
        ServedPlan within =
                ask(timed, pair(Ability.ALL), Optional.empty(), LONG).plan().orElseThrow();
        now.set(Instant.parse("2026-11-27T11:00:00Z"));
        ask(timed, pair(Ability.ALL), Optional.empty(), LONG);

        assertThat(within).isSameAs(first);
        assertThat(asked).hasSize(2);
        assertThat(Shelf.sha256(Files.readAllBytes(piece.file())))
                .isEqualTo(piece.content().sha256());
        timed.close();
    }

    /** Of the same size and the same time of last change. */
    private static void damage(Path file) throws IOException {
        FileTime modified = Files.getLastModifiedTime(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, modified);
    }

    private static Clock clock(AtomicReference<Instant> now) {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now.get();
            }
        };
    }

    private static SharedFile open(PlanDesk at, ServedPlan plan, ServedPlan.Stored piece) throws Exception {
        return at.open(plan, piece).toCompletableFuture().get(50, TimeUnit.SECONDS);
    }

    private Pair pair(Ability ability) {
        return new Pair(wanted.sha256(), Optional.of(base.sha256()), ability, ObjectNumbers.NONE);
    }

    private Answer ask(Pair pair, Duration patience) throws Exception {
        return ask(desk, pair, Optional.empty(), patience);
    }

    private Answer ask(PlanDesk at, Pair pair, Optional<Digest> resumed, Duration patience) throws Exception {
        ServerConfig.Deltas settings = new ServerConfig.Deltas(
                true, folder.resolve("deltas"), 1L << 30, 1L << 30, patience, 5, Duration.ofDays(7));
        return at.ask(new PlanDesk.Ask(settings, packages, pair, resumed, settings.patience()))
                .toCompletableFuture()
                .get(50, TimeUnit.SECONDS);
    }

    private void assertUnavailable(Pair pair, String why) {
        assertThatThrownBy(() -> ask(pair, LONG))
                .hasMessageContaining(why)
                .cause()
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.PACKAGE_UNAVAILABLE));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
