package dev.otapair.server.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatchCacheTest {
    private static final Instant NOW = Instant.parse("2026-11-27T10:00:00Z");
    private static final Duration WEEK = Duration.ofDays(7);

    @TempDir
    private Path folder;

    private PatchCache cache;

    @BeforeEach
    void begin() {
        cache = new PatchCache(folder, new DurableFiles());
    }

    @Test
    void whatWasKeptIsFound() {
        Pair pair = pair("one");

        Plan plan = keep(pair, NOW, "piece of one");

        assertThat(cache.pair(pair).map(PairRecord::plan)).contains(plan.id());
        assertThat(cache.pair(pair).map(PairRecord::change)).contains(new Change(1, 2, 3));
        assertThat(cache.plan(plan.id())).contains(plan);
        assertThat(cache.piece(plan.pieces().get(0).sha256())).isPresent();
        assertThat(cache.pair(pair("other"))).isEmpty();
    }

    @Test
    void onlyOneMakesAPlan() {
        Pair pair = pair("one");
        Making first = cache.begin(pair).orElseThrow();

        assertThat(cache.begin(pair)).isEmpty();
        assertThat(cache.begin(pair("other"))).isPresent();
        first.close();

        assertThat(cache.begin(pair)).isPresent();
    }

    @Test
    void unfinishedWorkLeavesNothing() throws IOException {
        Pair pair = pair("one");
        try (Making making = cache.begin(pair).orElseThrow()) {
            Files.writeString(making.newFile(), "half a piece");
        }

        assertThat(files()).isEmpty();
    }

    /** Its lock is free once it is gone, its folder is not. */
    @Test
    void workOfWhoWasKilledIsRemovedByTheNext() throws IOException {
        Path left = Files.createDirectories(
                folder.resolve("work").resolve(pair("dead").name()));
        Files.writeString(left.resolve("new-1"), "half a piece");

        cache.begin(pair("one")).orElseThrow().close();

        assertThat(files()).isEmpty();
    }

    @Test
    void workThatGoesOnIsLeftAlone() throws IOException {
        Making making = cache.begin(pair("one")).orElseThrow();
        Path file = making.newFile();

        cache.begin(pair("two")).orElseThrow().close();

        assertThat(file).exists();
        making.close();
    }

    @Test
    void damagedPlanIsNone() throws IOException {
        Plan plan = keep(pair("one"), NOW, "piece");
        Files.writeString(folder.resolve("plans").resolve(plan.id().hex()), "ota-plan/1\nwant");

        assertThat(cache.plan(plan.id())).isEmpty();
    }

    @Test
    void damagedRecordIsNone() throws IOException {
        keep(pair("one"), NOW, "piece");
        Path file = folder.resolve("pairs").resolve(pair("one").name());
        Files.writeString(file, Files.readString(file).replace("change=1", "change=7"));

        assertThat(cache.pair(pair("one"))).isEmpty();
    }

    @Test
    void longestUnusedPlansMakeRoom() throws IOException {
        Plan oldest = keep(pair("one"), NOW.minus(Duration.ofDays(30)), "x".repeat(1000));
        Plan older = keep(pair("two"), NOW.minus(Duration.ofDays(20)), "y".repeat(1000));
        Plan old = keep(pair("three"), NOW.minus(Duration.ofDays(10)), "z".repeat(1000));

        cache.sweep(2500, WEEK, NOW);

        assertThat(cache.plan(oldest.id())).isEmpty();
        assertThat(cache.pair(pair("one"))).isEmpty();
        assertThat(cache.piece(oldest.pieces().get(0).sha256())).isEmpty();
        assertThat(cache.plan(older.id())).isPresent();
        assertThat(cache.piece(old.pieces().get(0).sha256())).isPresent();
    }

    @Test
    void whatBoardsWereAnsweredWithNotLongAgoStays() throws IOException {
        Plan used = keep(pair("one"), NOW.minus(Duration.ofDays(30)), "x".repeat(1000));
        Plan unused = keep(pair("two"), NOW.minus(Duration.ofDays(20)), "y".repeat(1000));
        assertThat(cache.touch(used.id(), NOW.minus(Duration.ofDays(6)))).isTrue();

        cache.sweep(0, WEEK, NOW);

        assertThat(cache.piece(used.pieces().get(0).sha256())).isPresent();
        assertThat(cache.plan(used.id())).isPresent();
        assertThat(cache.plan(unused.id())).isEmpty();
        assertThat(cache.touch(unused.id(), NOW)).isFalse();
    }

    @Test
    void piecesThatAnotherPlanNeedsStay() throws IOException {
        keep(pair("one"), NOW.minus(Duration.ofDays(30)), "shared");
        Plan later = keep(pair("two"), NOW, "shared");
        assertThat(later.pieces()).hasSize(1);

        cache.sweep(0, WEEK, NOW);

        assertThat(cache.pair(pair("one"))).isEmpty();
        assertThat(cache.piece(later.pieces().get(0).sha256())).isPresent();
    }

    @Test
    void piecesOfNoPlanGoOnceTheyAreNotNew() throws IOException {
        keep(pair("one"), NOW, "piece");
        Path lost = Files.writeString(
                folder.resolve("pieces").resolve(Shelf.sha256(bytes("lost")).hex()), "lost");
        Path fresh = Files.writeString(
                folder.resolve("pieces").resolve(Shelf.sha256(bytes("new")).hex()), "new");
        Files.setLastModifiedTime(lost, FileTime.from(NOW.minus(Duration.ofHours(1))));
        Files.setLastModifiedTime(fresh, FileTime.from(NOW.minus(Duration.ofMinutes(5))));

        cache.sweep(1 << 20, WEEK, NOW);

        assertThat(lost).doesNotExist();
        assertThat(fresh).exists();
        assertThat(cache.pair(pair("one"))).isPresent();
    }

    @Test
    void repairsTakeAShareOfTheRoomWhateverTheirAge() throws IOException {
        Plan usual = keep(pair("usual"), NOW.minus(Duration.ofDays(1)), "u".repeat(1000));
        Plan older = keep(repair("1"), NOW.minus(Duration.ofMinutes(5)), "x".repeat(800), "u".repeat(1000));
        Plan old = keep(repair("2"), NOW.minus(Duration.ofMinutes(3)), "y".repeat(800), "u".repeat(1000));
        Plan last = keep(repair("3"), NOW.minus(Duration.ofSeconds(110)), "z".repeat(800), "u".repeat(1000));

        cache.sweep(4 * 2500, WEEK, NOW);

        assertThat(cache.pair(repair("1"))).isEmpty();
        assertThat(cache.plan(older.id())).isEmpty();
        assertThat(cache.piece(older.pieces().get(0).sha256())).isEmpty();
        assertThat(cache.piece(old.pieces().get(0).sha256())).isPresent();
        assertThat(cache.pair(repair("2"))).isPresent();
        assertThat(cache.pair(repair("3"))).isPresent();
        assertThat(cache.piece(usual.pieces().get(0).sha256())).isPresent();

        cache.sweep(16, WEEK, NOW);

        assertThat(cache.pair(repair("2"))).isEmpty();
        assertThat(cache.plan(last.id())).as("what a board may be following").isPresent();
        assertThat(cache.piece(last.pieces().get(0).sha256())).isPresent();
    }

    private Plan keep(Pair pair, Instant used, String... pieces) {
        try (Making making = cache.begin(pair).orElseThrow()) {
            List<Plan.Piece> all = new ArrayList<>();
            for (String piece : pieces) {
                Content content = making.keepPiece(bytes(piece));
                all.add(new Plan.Piece(
                        Coding.RAW, content.size(), content.sha256(), Side.NEW, List.of(), List.of(all.size())));
            }
            Plan plan = new Plan(pair.want(), pair.base(), all);
            making.keepPlan(plan);
            Content coded = making.keepPiece(bytes("plan of " + pair.name()));
            making.finish(new PairRecord(
                    plan.id(),
                    coded,
                    Optional.empty(),
                    new Body(0, false, coded.size(), coded.sha256()),
                    new Change(1, 2, 3)));
            age(used);
            cache.touch(plan.id(), used);
            return plan;
        }
    }

    /** Pieces are as old as what they belong to, but for those that are kept again. */
    private void age(Instant time) {
        try (Stream<Path> pieces = Files.list(folder.resolve("pieces"))) {
            for (Path piece : pieces.toList()) {
                if (Files.getLastModifiedTime(piece).toInstant().isAfter(NOW.minus(Duration.ofMinutes(1)))) {
                    Files.setLastModifiedTime(piece, FileTime.from(time));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static Pair repair(String damaged) {
        return new Pair(
                Shelf.sha256(bytes("usual")),
                Optional.of(Shelf.sha256(bytes("base"))),
                Ability.ALL,
                ObjectNumbers.parse(damaged));
    }

    private static Pair pair(String want) {
        return new Pair(Shelf.sha256(bytes(want)), Optional.empty(), Ability.ALL, ObjectNumbers.NONE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
