package dev.otapair.server.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
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
        Map<String, byte[]> before = randomTree(random);
        Map<String, byte[]> after = edited(before, random);
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);

        for (Ability ability : Ability.values()) {
            Plan plan = make(new Pair(wanted.sha256(), Optional.of(base.sha256()), ability, ObjectNumbers.NONE));

            assertMakes(plan, contents(before), base.objects(), wanted.objects(), "seed " + seed + ", " + ability);
        }
    }

    @ParameterizedTest
    @EnumSource(Ability.class)
    void treeComesOfNothing(Ability ability) throws IOException {
        Manifest wanted = shelf.tree("fw-1", randomTree(new Random(9)));

        Plan plan = make(new Pair(wanted.sha256(), Optional.empty(), ability, ObjectNumbers.NONE));

        assertMakes(plan, Map.of(), List.of(), wanted.objects(), ability.name());
    }

    @Test
    void fileIsMadeOfTheOneBeforeWhateverItIsCalled() throws IOException {
        byte[] old = program(new Random(1), 200_000);
        Content base = shelf.file("fw-1", old);
        Content wanted = shelf.file("other", changed(old, new Random(2)));

        Plan plan = make(pair(wanted.sha256(), base.sha256()));

        assertThat(plan.length()).isLessThan(2_000);
        assertMakes(plan, Map.of(base.sha256(), old), List.of(base), List.of(wanted), "one file");
    }

    @Test
    void whatAllFilesHaveInCommonIsCodedOnce() throws IOException {
        Random random = new Random(3);
        Map<String, byte[]> before = new TreeMap<>();
        Map<String, byte[]> after = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            byte[] body = program(random, 5_000);
            before.put("lib/1.0/module-%d.ko".formatted(i), joined(body, "version 1.0-21 of the kernel"));
            after.put("lib/1.1/module-%d.ko".formatted(i), joined(body, "version 1.1-22 of the kernel"));
        }
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);

        Plan plan = make(pair(wanted.sha256(), base.sha256()));

        assertThat(plan.pieces()).hasSize(1);
        assertThat(plan.length()).as("bytes for 200 files").isLessThan(1_500);
        assertMakes(plan, contents(before), base.objects(), wanted.objects(), "modules");
    }

    @Test
    void whatIsPackedAndUnrelatedIsSentAsItIs() throws IOException {
        Random random = new Random(4);
        byte[] text = program(random, 100_000);
        Map<String, byte[]> before = Map.of("app", text, "blob", noise(random, 300_000));
        Map<String, byte[]> after = Map.of("app", changed(text, random), "blob", noise(random, 300_000));
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
            byte[] body = program(random, 1 << 20);
            before.put("f" + i, body);
            after.put("f" + i, changed(body, random));
        }
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);
        Memory tight = new Memory((200L << 20) + (5L << 20), 1L << 30);

        Plan plan = make(pair(wanted.sha256(), base.sha256()), tight);

        assertThat(plan.pieces())
                .extracting(Piece::coding)
                .containsExactly(Coding.BSDIFF, Coding.BSDIFF, Coding.BSDIFF);
        assertMakes(plan, contents(before), base.objects(), wanted.objects(), "groups");
    }

    @Test
    void damagedReleaseIsNoPlan() throws IOException {
        Map<String, byte[]> files = Map.of("app", bytes("one two three"));
        Manifest wanted = shelf.tree("fw-1", files);
        Files.write(shelf.placeOf(wanted.objects().get(0).sha256()), bytes("one two threE"));

        assertThatThrownBy(() -> make(new Pair(wanted.sha256(), Optional.empty(), Ability.ALL, ObjectNumbers.NONE)))
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH))
                .hasMessageContaining("is damaged");
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
        new PlanMaker(cache, new Catalog(folder.resolve("packages")), memory).make(pair);
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

    private static Map<Digest, byte[]> contents(Map<String, byte[]> files) {
        Map<Digest, byte[]> contents = new HashMap<>();
        files.values().forEach(content -> contents.put(Shelf.sha256(content), content));
        return contents;
    }

    static Map<String, byte[]> randomTree(Random random) {
        Map<String, byte[]> files = new TreeMap<>();
        int count = 1 + random.nextInt(40);
        for (int i = 0; i < count; i++) {
            int size = random.nextInt(10) == 0 ? 0 : random.nextInt(20_000);
            files.put(
                    "d%d/f%d.%d".formatted(random.nextInt(4), i, random.nextInt(3)),
                    random.nextInt(8) == 0 ? noise(random, size) : program(random, size));
        }
        return files;
    }

    /** Renames, removes, adds, swaps, empties, grows, shrinks and changes some files. */
    static Map<String, byte[]> edited(Map<String, byte[]> before, Random random) {
        Map<String, byte[]> after = new TreeMap<>(before);
        for (String path : before.keySet()) {
            byte[] content = after.get(path);
            switch (random.nextInt(12)) {
                case 0 -> after.remove(path);
                case 1 -> {
                    after.remove(path);
                    after.put("moved/" + path, content);
                }
                case 2 -> {
                    after.remove(path);
                    after.put("moved/" + path + "9", changed(content, random));
                }
                case 3 -> after.put(path, new byte[0]);
                case 4 -> after.put(path, Arrays.copyOf(content, content.length / 2));
                case 5 -> after.put(path, joined(content, "grown"));
                case 6 -> after.put(path, changed(content, random));
                case 7 -> after.put("new/" + path, program(random, 3_000));
                case 8 -> after.put("copy/" + path, content);
                case 9 -> {
                    List<String> others = new ArrayList<>(before.keySet());
                    after.put(path, before.get(others.get(random.nextInt(others.size()))));
                }
                default -> {}
            }
        }
        if (after.isEmpty()) {
            after.put("last", program(random, 100));
        }
        return after;
    }

    static byte[] changed(byte[] content, Random random) {
        byte[] changed = content.clone();
        for (int i = 0; i < 5 && changed.length > 0; i++) {
            changed[random.nextInt(changed.length)]++;
        }
        return changed;
    }

    /** Bytes in which words come again. */
    static byte[] program(Random random, int size) {
        byte[] words = new byte[8 * 300];
        random.nextBytes(words);
        byte[] content = new byte[size];
        for (int i = 0; i < size; i += 8) {
            System.arraycopy(words, 8 * random.nextInt(300), content, i, Math.min(8, size - i));
        }
        return content;
    }

    static byte[] noise(Random random, int size) {
        byte[] content = new byte[size];
        random.nextBytes(content);
        return content;
    }

    private static byte[] joined(byte[] content, String more) {
        byte[] end = bytes(more);
        byte[] all = Arrays.copyOf(content, content.length + end.length);
        System.arraycopy(end, 0, all, content.length, end.length);
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
