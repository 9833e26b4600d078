package dev.otapair.server.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanMakerTest {
    private static final Memory MEMORY = new Memory(300L << 20, 1L << 30);

    @TempDir
    private Path folder;

    private Shelf shelf;
    private PatchCache cache;

    @BeforeEach
    void begin() throws IOException {
        Path packages = Files.createDirectory(folder.resolve("packages"));
        shelf = new Shelf(packages);
        cache = new PatchCache(folder.resolve("deltas"), new DurableFiles());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyTreeComesOfAnyOther(long seed) throws IOException {
        Random random = new Random(seed);
        Map<String, byte[]> before = Trees.randomTree(random);
        Map<String, byte[]> after = Trees.edited(before, random);
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);

        for (Ability ability : Ability.values()) {
            Plan plan = make(new Pair(wanted.sha256(), Optional.of(base.sha256()), ability, ObjectNumbers.NONE));

            assertMakes(
                    plan, Trees.contents(before), base.objects(), wanted.objects(), "seed " + seed + ", " + ability);
        }
    }

    @ParameterizedTest
    @EnumSource(Ability.class)
    void treeComesOfNothing(Ability ability) throws IOException {
        Manifest wanted = shelf.tree("fw-1", Trees.randomTree(new Random(9)));

        Plan plan = make(new Pair(wanted.sha256(), Optional.empty(), ability, ObjectNumbers.NONE));

        assertMakes(plan, Map.of(), List.of(), wanted.objects(), ability.name());
    }

    @Test
    void fileIsMadeOfTheOneBeforeWhateverItIsCalled() throws IOException {
        byte[] old = Trees.program(new Random(1), 200_000);
        Content base = shelf.file("fw-1", old);
        Content wanted = shelf.file("other", Trees.changed(old, new Random(2)));

        Plan plan = make(pair(wanted.sha256(), base.sha256()));

        assertThat(plan.length()).isLessThan(2_000);
        assertMakes(plan, Map.of(base.sha256(), old), List.of(base), List.of(wanted), "one file");
    }

    /** Whatever the two have to do with each other. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26})
    void neverIsMoreSentThanPlainZstdTakes(long seed) throws IOException {
        Random random = new Random(seed);
        int size = 1 + random.nextInt(200_000);
        byte[] old = random.nextBoolean() ? Trees.program(random, size) : Trees.noise(random, size);
        byte[] made = switch ((int) (seed % 3)) {
            case 0 -> Trees.program(new Random(seed + 100), size);
            case 1 -> Trees.noise(new Random(seed + 100), size);
            default -> Trees.changed(old, random);
        };
        Content base = shelf.file("fw-1", old);
        Content wanted = shelf.file("fw-2", made);

        Plan plan = make(pair(wanted.sha256(), base.sha256()));

        assertThat(plan.length())
                .as("seed %d", seed)
                .isLessThanOrEqualTo(Math.min(size, Zstd.compress(made, 19).length + 64));
        assertMakes(plan, Map.of(base.sha256(), old), List.of(base), List.of(wanted), "seed " + seed);
    }

    @Test
    void patchOfZstdsKindIsMadeWhereItIsSmaller() throws IOException {
        byte[] old = Trees.program(new Random(1), 100_000);
        Content base = shelf.file("fw-1", old);
        Content wanted = shelf.file("fw-2", Trees.changed(old, new Random(2)));
        Contents contents = new Contents(new Catalog(folder.resolve("packages")));
        Pair pair = pair(wanted.sha256(), base.sha256());
        try (Making making = cache.begin(pair).orElseThrow()) {
            PieceMaker pieces = new PieceMaker(Objects.ofFile(base), Objects.ofFile(wanted), contents, making, MEMORY);

            assertThat(pieces.zstdPatch(0, 0, 20)).as("not smaller than that").isEmpty();
            Draft patch = pieces.zstdPatch(0, 0, Long.MAX_VALUE).orElseThrow();

            assertThat(patch.coding()).isEqualTo(Coding.ZSTD_PATCH);
            assertThat(patch.size()).isLessThan(1_000);
        }
    }

    @Test
    void whatLooksLikeADictionaryIsNoneForZstd() throws IOException {
        byte[] old = Trees.program(new Random(1), 100_000);
        System.arraycopy(new byte[] {0x37, (byte) 0xa4, 0x30, (byte) 0xec}, 0, old, 0, 4);
        Content base = shelf.file("fw-1", old);
        Content wanted = shelf.file("fw-2", Trees.changed(old, new Random(2)));

        Plan plan = make(pair(wanted.sha256(), base.sha256()));

        assertThat(plan.pieces()).extracting(Piece::coding).containsExactly(Coding.BSDIFF);
    }

    @Test
    void whatAllFilesHaveInCommonIsCodedOnce() throws IOException {
        Random random = new Random(3);
        Map<String, byte[]> before = new TreeMap<>();
        Map<String, byte[]> after = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            byte[] body = Trees.program(random, 5_000);
            before.put("lib/1.0/module-%d.ko".formatted(i), Trees.joined(body, "version 1.0-21 of the kernel"));
            after.put("lib/1.1/module-%d.ko".formatted(i), Trees.joined(body, "version 1.1-22 of the kernel"));
        }
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);

        Plan plan = make(pair(wanted.sha256(), base.sha256()));

        assertThat(plan.pieces()).hasSize(1);
        assertThat(plan.length()).as("bytes for 200 files").isLessThan(1_500);
        assertMakes(plan, Trees.contents(before), base.objects(), wanted.objects(), "modules");
    }

    @Test
    void whatIsPackedAndUnrelatedIsSentAsItIs() throws IOException {
        Random random = new Random(4);
        byte[] text = Trees.program(random, 100_000);
        Map<String, byte[]> before = Map.of("app", text, "blob", Trees.noise(random, 300_000));
        Map<String, byte[]> after = Map.of("app", Trees.changed(text, random), "blob", Trees.noise(random, 300_000));
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);

        Plan plan = make(pair(wanted.sha256(), base.sha256()));

        assertThat(plan.pieces()).extracting(Piece::coding).containsExactly(Coding.BSDIFF, Coding.RAW);
        assertThat(plan.length()).isBetween(300_000L, 302_000L);
    }

    @Test
    void groupsAreCutWhereMemoryEnds() throws IOException {
        Random random = new Random(5);
        Map<String, byte[]> before = new TreeMap<>();
        Map<String, byte[]> after = new TreeMap<>();
        for (int i = 0; i < 6; i++) {
            byte[] body = Trees.program(random, 1 << 20);
            before.put("f" + i, body);
            after.put("f" + i, Trees.changed(body, random));
        }
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);
        Memory tight = new Memory((200L << 20) + (5L << 20), 1L << 30);

        Plan plan = make(pair(wanted.sha256(), base.sha256()), tight);

        assertThat(plan.pieces())
                .extracting(Piece::coding)
                .containsExactly(Coding.BSDIFF, Coding.BSDIFF, Coding.BSDIFF);
        assertMakes(plan, Trees.contents(before), base.objects(), wanted.objects(), "groups");
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void whatWasLostIsMadeAnew(long seed) throws IOException {
        Random random = new Random(seed);
        Map<String, byte[]> before = Trees.randomTree(random);
        before.put("large", Trees.program(random, 300_000));
        Map<String, byte[]> after = Trees.edited(before, random);
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);
        Map<Digest, byte[]> held = Trees.contents(before);
        List<Integer> lost = new ArrayList<>();
        for (int number = 0; number < base.objects().size(); number++) {
            Content content = base.objects().get(number);
            if (content.size() < 100_000 && random.nextInt(4) == 0) {
                lost.add(number);
                held.remove(content.sha256());
            }
        }

        for (Ability ability : Ability.values()) {
            Plan plan = make(new Pair(wanted.sha256(), Optional.of(base.sha256()), ability, ObjectNumbers.of(lost)));

            assertThat(plan.base()).isPresent();
            assertMakes(
                    plan,
                    held,
                    base.objects(),
                    wanted.objects(),
                    "seed %d, %s, lost %s".formatted(seed, ability, lost));
        }
    }

    @Test
    void repairsComeBeforeTheSamePieces() throws IOException {
        byte[] app = Trees.program(new Random(1), 100_000);
        Map<String, byte[]> before = Map.of(
                "app",
                app,
                "kept",
                bytes("kept"),
                "gone",
                bytes("gone"),
                "more",
                Trees.program(new Random(2), 150_000));
        Map<String, byte[]> after =
                Map.of("app", Trees.changed(app, new Random(3)), "kept", bytes("kept"), "more", before.get("more"));
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);
        Plan whole = make(pair(wanted.sha256(), base.sha256()));
        ObjectNumbers damaged = ObjectNumbers.parse("0-2");

        Plan repairing = make(new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, damaged));

        assertThat(repairing.pieces()).hasSize(2);
        assertThat(repairing.pieces().get(0).side()).isEqualTo(Plan.Side.OLD);
        assertThat(repairing.pieces().get(0).makes())
                .as("app and kept, which are needed")
                .containsExactlyInAnyOrder(0, 2);
        assertThat(repairing.pieces().get(1)).isEqualTo(whole.pieces().get(0));
        assertThat(cache.pair(pair(wanted.sha256(), base.sha256()))
                        .orElseThrow()
                        .manifest())
                .isEqualTo(cache.pair(new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, damaged))
                        .orElseThrow()
                        .manifest());
    }

    @Test
    void whoHasLostWhatOnlyServesToBeBuiltOnGetsAllAsFromNothing() throws IOException {
        byte[] app = Trees.program(new Random(1), 100_000);
        Map<String, byte[]> before = Map.of("app", app, "kept", Trees.noise(new Random(2), 300_000));
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", Map.of("app", Trees.changed(app, new Random(3))));

        Plan plan = make(new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, ObjectNumbers.parse("0")));

        assertThat(plan.base()).isEmpty();
        assertMakes(plan, Map.of(), List.of(), wanted.objects(), "from nothing");
    }

    @Test
    void whoHasLostMostOfTheBaseKeepsTheRest() throws IOException {
        byte[] app = Trees.program(new Random(1), 90_000);
        byte[] kept = Trees.noise(new Random(2), 100_000);
        Map<String, byte[]> before = Map.of("app", app, "kept", kept);
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", Map.of("app", Trees.changed(app, new Random(3)), "kept", kept));

        Plan plan = make(new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, ObjectNumbers.parse("1")));

        assertThat(plan.base()).contains(base.sha256());
        assertThat(plan.length()).isLessThan(102_000);
        assertMakes(plan, Map.of(Shelf.sha256(app), app), base.objects(), wanted.objects(), "most lost");
    }

    /** However much of it: the plan needs none. */
    @Test
    void whatIsNotNeededIsNotMadeAnew() throws IOException {
        byte[] app = Trees.program(new Random(1), 50_000);
        Map<String, byte[]> before = Map.of("app", app, "gone", Trees.noise(new Random(2), 100_000));
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", Map.of("app", Trees.changed(app, new Random(3))));

        Plan plan = make(new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, ObjectNumbers.parse("1")));

        assertThat(plan).isEqualTo(make(pair(wanted.sha256(), base.sha256())));
    }

    @Test
    void objectsThatAreSentAsTheyAreStayWhereTheyAre() throws IOException {
        byte[] packed = Trees.noise(new Random(1), 100_000);
        byte[] alike = Trees.noise(new Random(2), 100_000);
        Map<String, byte[]> before = Map.of("a", packed, "b", alike, "c", bytes("c"), "d", bytes("d"));
        Manifest base = shelf.tree("fw-1", before);
        Map<String, byte[]> after = new TreeMap<>(before);
        after.put("e", Trees.noise(new Random(3), 300_000));
        Manifest wanted = shelf.tree("fw-2", after);

        Plan plan =
                make(new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.NONE, ObjectNumbers.parse("0-3")));

        assertThat(plan.pieces()).extracting(Piece::length).containsExactly(100_000L, 100_000L, 2L, 300_000L);
        assertThat(cache.piece(Shelf.sha256(packed))).isEmpty();
        assertThat(folder.resolve("deltas/pieces").toFile().listFiles()).allMatch(piece -> piece.length() < 2_000);
        assertMakes(plan, Map.of(), base.objects(), wanted.objects(), "raw");
    }

    @Test
    void repairThatTheDiskMayHaveNoRoomForIsNotMade() {
        Manifest base = hugeTree("a", "b");
        Manifest wanted = hugeTree("a", "b", "empty");
        shelf.tree("fw-1", base);
        shelf.tree("fw-2", wanted);

        assertThatThrownBy(() -> make(
                        new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, ObjectNumbers.parse("0"))))
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.CANNOT_WRITE))
                .hasMessageContaining("it could take 1125899906842624 bytes in " + folder.resolve("deltas"));
        assertThat(folder.resolve("deltas/work")).isEmptyDirectory();
    }

    /** Of files of 1 PiB, but for one that is empty. */
    private static Manifest hugeTree(String... paths) {
        List<ManifestEntry> files = new ArrayList<>();
        for (String path : paths) {
            byte[] content = path.equals("empty") ? new byte[0] : bytes(path);
            long size = content.length * (1L << 50);
            Digest md5 = new Digest(Digest.Algorithm.MD5, "00".repeat(16));
            files.add(new ManifestEntry.File(
                    path, 0644, 0, 0, 1_700_000_000, new Content(size, Shelf.sha256(content)), md5));
        }
        return new Manifest(files);
    }

    @Test
    void objectsThatTheBaseNeverHadAreRefused() {
        Manifest base = shelf.tree("fw-1", Map.of("app", bytes("one")));
        Manifest wanted = shelf.tree("fw-2", Map.of("app", bytes("two")));

        assertThatThrownBy(() -> make(
                        new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, ObjectNumbers.parse("1"))))
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.PACKAGE_UNAVAILABLE));
    }

    @Test
    void sameAgainNeedsNoPiece() throws IOException {
        Map<String, byte[]> files = Map.of("app", bytes("one"));
        Manifest base = shelf.tree("fw-1", files);

        Plan plan = make(pair(base.sha256(), base.sha256()));

        assertThat(plan.pieces()).isEmpty();
    }

    @Test
    void damagedReleaseIsNoPlan() throws IOException {
        Map<String, byte[]> files = Map.of("app", bytes("one two three"));
        Manifest wanted = shelf.tree("fw-1", files);
        Files.write(shelf.placeOf(wanted.objects().get(0).sha256()), bytes("one two threE"));

        assertThatThrownBy(() -> make(new Pair(wanted.sha256(), Optional.empty(), Ability.ALL, ObjectNumbers.NONE)))
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH))
                .hasMessageContaining("is damaged")
                .hasMessageEndingWith(". Publishing its tree again under another name mends it");
        assertThat(folder.resolve("deltas/plans")).isEmptyDirectory();
        assertThat(folder.resolve("deltas/pieces")).isEmptyDirectory();
        assertThat(folder.resolve("deltas/pairs")).isEmptyDirectory();
        assertThat(folder.resolve("deltas/work")).isEmptyDirectory();
        assertThat(folder.resolve("deltas/locks")).isEmptyDirectory();
    }

    private static Pair pair(Digest want, Digest base) {
        return new Pair(want, Optional.of(base), Ability.ALL, ObjectNumbers.NONE);
    }

    private Plan make(Pair pair) {
        return make(pair, MEMORY);
    }

    private Plan make(Pair pair, Memory memory) {
        PlanMaker maker = new PlanMaker(cache, new Catalog(folder.resolve("packages")), memory);
        maker.make(pair.undamaged());
        maker.make(pair);
        return cache.plan(cache.pair(pair).orElseThrow().plan()).orElseThrow();
    }

    private void assertMakes(Plan plan, Map<Digest, byte[]> held, List<Content> olds, List<Content> news, String story)
            throws IOException {
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        for (Piece piece : plan.pieces()) {
            Path file = cache.piece(piece.sha256())
                    .or(() -> new Catalog(folder.resolve("packages")).find(piece.sha256()))
                    .orElseThrow();
            pieces.writeBytes(Files.readAllBytes(file));
        }
        Map<Digest, byte[]> has = Applied.plan(plan, held, olds, news, pieces.toByteArray());
        assertThat(news.stream().filter(content -> content.size() > 0).map(Content::sha256))
                .as(story)
                .allMatch(has::containsKey);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
