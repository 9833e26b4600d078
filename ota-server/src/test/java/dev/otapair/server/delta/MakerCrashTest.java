package dev.otapair.server.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.testing.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Makers of plans that are killed at any call to the kernel, or work at the same time: what is found is whole, and the next one goes on.
 * {@code -Dcrash.share=1} takes every call, the default one in six; the seed is printed.
 */
class MakerCrashTest {
    private static final int SHARE = Integer.getInteger("crash.share", 6);
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());

    @TempDir
    private Path temporary;

    private Path root;
    private Pair pair;

    @BeforeEach
    void begin() throws IOException {
        root = Files.createDirectory(temporary.toRealPath().resolve("server"));
        Shelf shelf = new Shelf(Files.createDirectory(root.resolve("packages")));
        Map<String, byte[]> before = new TreeMap<>();
        Map<String, byte[]> after = new TreeMap<>();
        for (int i = 0; i < 5; i++) {
            before.put("bin/" + i, Trees.program(new Random(i), 20_000));
            after.put("bin/" + i, Trees.changed(before.get("bin/" + i), new Random(i)));
        }
        after.put("noise", Trees.noise(new Random(9), 100_000));
        Manifest base = shelf.tree("fw-1", before);
        Manifest wanted = shelf.tree("fw-2", after);
        pair = new Pair(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL, ObjectNumbers.NONE);
        Files.writeString(
                root.resolve("config.ini"),
                "[Server]\nport = 0\nsecurity = a-token-of-24-characters\npath = packages\nstate_dir = state\n"
                        + "delta_dir = deltas\n");
    }

    @Test
    void killedAtAnyCallLeavesNothingHalf() throws Exception {
        Assumptions.assumeTrue(SystemCalls.areTraceable(), "strace is not here");
        Path deltas = root.resolve("deltas");
        SystemCalls program = new SystemCalls(command(), root, temporary.resolve("trace"));
        List<SystemCalls.Call> calls = program.record();
        Random random = new Random(SEED);
        int tried = 0;
        int killed = 0;
        int made = 0;
        for (SystemCalls.Call call : calls) {
            // What is only needed on the way has names of chance.
            boolean isRepeatable = !call.file().toString().contains("/scratch/");
            if (isRepeatable && random.nextInt(SHARE) == 0) {
                new DurableFiles().deleteTree(deltas);
                tried++;
                killed += program.killAt(call) ? 1 : 0;
                made += isWhole("killed at " + call + ", seed " + SEED) ? 1 : 0;
                goOn();
            }
        }
        System.out.printf(
                "make-patch: %d calls that change something, seed %d, killed at %d of them: made %d times, 0 damaged%n",
                calls.size(), SEED, killed, made);
        assertThat(calls).hasSizeGreaterThan(10);
        assertThat(killed).as("killed of %d", tried).isEqualTo(tried);
    }

    @Test
    void onlyOneOfManyProcessesMakesIt() throws Exception {
        List<Process> all = new ArrayList<>();
        List<Path> logs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            logs.add(root.resolve("log-" + i));
            all.add(new ProcessBuilder(command())
                    .redirectError(logs.get(i).toFile())
                    .start());
        }

        for (Process each : all) {
            assertThat(each.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(each.exitValue()).isZero();
        }

        List<String> lines = new ArrayList<>();
        for (Path log : logs) {
            lines.addAll(Files.readAllLines(log));
        }
        assertThat(lines.stream().filter(line -> line.contains("made in"))).hasSize(1);
        assertThat(isWhole("made by one of four")).isTrue();
    }

    /** Says whether the plan is there; what there is of it is whole. */
    private boolean isWhole(String when) throws IOException {
        PatchCache cache = new PatchCache(root.resolve("deltas"), new DurableFiles());
        Optional<PairRecord> record = cache.pair(pair);
        Path pairs = root.resolve("deltas/pairs").resolve(pair.name());
        assertThat(Files.exists(pairs)).as(when).isEqualTo(record.isPresent());
        if (record.isEmpty()) {
            return false;
        }
        Plan plan = cache.plan(record.get().plan()).orElseThrow();
        Catalog catalog = new Catalog(root.resolve("packages"));
        for (Piece piece : plan.pieces()) {
            Path file = cache.piece(piece.sha256())
                    .or(() -> catalog.find(piece.sha256()))
                    .orElseThrow();
            assertThat(Shelf.sha256(Files.readAllBytes(file))).as(when).isEqualTo(piece.sha256());
        }
        assertThat(cache.read(record.get().coded())).as(when).isNotEmpty();
        assertThat(cache.read(record.get().manifest().orElseThrow())).as(when).isNotEmpty();
        return true;
    }

    /** The next one makes it, and leaves nothing of what was begun. */
    private void goOn() throws IOException {
        new PlanMaker(
                        new PatchCache(root.resolve("deltas"), new DurableFiles()),
                        new Catalog(root.resolve("packages")),
                        new Memory(300L << 20, 1L << 30))
                .make(pair);
        assertThat(isWhole("after another try")).isTrue();
        try (Stream<Path> work = Files.list(root.resolve("deltas/work"));
                Stream<Path> locks = Files.list(root.resolve("deltas/locks"))) {
            assertThat(work).isEmpty();
            assertThat(locks).isEmpty();
        }
    }

    private List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx400m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-XX:-UsePerfData",
                "-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.otapair.server.cli.OtaServerCommand",
                "make-patch",
                "--attended",
                "--want",
                pair.want().hex(),
                "--base",
                pair.base().orElseThrow().hex(),
                "--config",
                root.resolve("config.ini").toString());
    }
}
