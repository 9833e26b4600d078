package dev.otapair.server.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.PowerCutDisk;
import dev.otapair.protocol.testing.SystemCalls;
import dev.otapair.server.tree.Progress;
import dev.otapair.server.tree.RandomTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Publishers of trees, and cleaners, that are killed at any call to the kernel or lose the power: every release that says it is here has all
 * that it needs, and whoever comes next publishes and cleans up. {@code -Dcrash.share=1} takes every call, the default one in twelve.
 */
class TreeCrashTest {
    private static final int SHARE = Integer.getInteger("crash.share", 12);
    private static final int CUTS = Integer.getInteger("crash.cuts", 6);
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());
    private static final SigningKey KEY = SigningKey.generate();
    private static final KeyRing RING = new KeyRing(List.of(KEY.publicHalf()), List.of());

    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path folder;

    private Path root;

    @ParameterizedTest
    @ValueSource(strings = {"publish tree-2 --key k", "gc"})
    void killedAtAnyCallLeavesWholeReleases(String line) throws Exception {
        Assumptions.assumeTrue(SystemCalls.areTraceable(), "strace is not here");
        root = folder.toRealPath().resolve("server");
        SystemCalls program = new SystemCalls(command(line), root, folder.resolve("trace"));
        begin();
        List<SystemCalls.Call> calls = program.record();
        Random random = new Random(SEED);
        int killed = 0;
        for (SystemCalls.Call call : calls) {
            if (calls.size() < 2 * SHARE || random.nextInt(SHARE) == 0) {
                begin();
                String when = "%s killed at %s, seed %d".formatted(line, call, SEED);
                assertThat(program.killAt(call)).as(when).isTrue();
                killed++;
                requireWhole(when);
                goOn(when);
            }
        }
        System.out.printf("%s: %d calls, seed %d, killed at %d of them, 0 damaged%n", line, calls.size(), SEED, killed);
        assertThat(calls).hasSizeGreaterThan(10);
    }

    @Test
    void powerCutAtAnyMomentLeavesWholeReleases() throws Exception {
        Optional<PowerCutDisk> there = PowerCutDisk.create(folder.toRealPath(), 64);
        Assumptions.assumeTrue(there.isPresent(), "this needs root and loop devices");
        Random random = new Random(SEED);
        int ended = 0;
        try (PowerCutDisk disk = there.get()) {
            root = disk.root().resolve("server");
            for (int cut = 0; cut < CUTS; cut++) {
                String line = cut % 2 == 0 ? "publish tree-2 --key k" : "gc";
                String when = "%s, power cut %d, seed %d".formatted(line, cut, SEED);
                begin();
                new ProcessBuilder("sync", "-f", root.toString()).start().waitFor();
                Process program = new ProcessBuilder(command(line))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                boolean isDone =
                        program.waitFor(200 + random.nextInt(1500), TimeUnit.MILLISECONDS) && program.exitValue() == 0;
                disk.cut();
                program.destroyForcibly();
                program.waitFor();
                disk.restart();

                requireWhole(when);
                assertThat(!isDone || line.equals("gc") || offered().equals("tree-2.tar.gz"))
                        .as(when + ": what was said to be offered is")
                        .isTrue();
                ended += isDone ? 1 : 0;
                goOn(when);
            }
        }
        System.out.printf("%d power cuts, seed %d: %d after the end, 0 damaged%n", CUTS, SEED, ended);
    }

    /** A server with two releases that share contents, of which the newer one is on offer; one more tree to be published. */
    private void begin() throws IOException {
        RandomTree.remove(root);
        Files.createDirectories(root.resolve("packages"));
        Files.writeString(
                root.resolve("config.ini"),
                "[Server]\nport = 0\nsecurity = a-token-of-24-characters\npath = packages\nkeep_releases = 1\n");
        Files.write(root.resolve("k"), KEY.toPem());
        for (int number = 0; number < 3; number++) {
            Path tree = Files.createDirectories(root.resolve("tree-" + number).resolve("d"));
            Files.writeString(tree.resolve("shared"), "the same");
            Files.writeString(tree.resolve("own"), "of tree " + number);
            Files.writeString(tree.resolve(number == 2 ? "first" : "second"), "of two");
        }
        for (String tree : List.of("tree-0", "tree-1", "tree-2")) {
            date(root.resolve(tree), THEN);
        }
        publisher().publish(Source.ofTree(root.resolve("tree-0")), draft(), List.of(KEY));
        publisher().publish(Source.ofTree(root.resolve("tree-1")), draft(), List.of(KEY));
        date(root.resolve("packages/.objects"), THEN);
    }

    /** The same tree has the same digests each time, and contents that are old may go. */
    private static void date(Path folder, Instant time) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.toList()) {
                Files.setLastModifiedTime(each, FileTime.from(time));
            }
        }
    }

    private void requireWhole(String when) {
        String offered = offered();
        for (ReleaseEntry entry : publisher().releases()) {
            assertThat(entry.state()).as(when).isNotEqualTo(ReleaseEntry.State.DAMAGED);
            boolean isHere =
                    entry.state() != ReleaseEntry.State.STAGED && entry.state() != ReleaseEntry.State.INCOMPLETE;
            if (isHere) {
                verify(entry.name().value(), when);
            }
        }
        verify(offered, when);
    }

    private void verify(String name, String when) {
        assertThat(publisher().verify(root.resolve("packages").resolve(name)).tree())
                .as(when)
                .isPresent();
    }

    private String offered() {
        return new OfferBook(state(), new DurableFiles())
                .read(Product.DEFAULT)
                .orElseThrow()
                .release()
                .metadata()
                .name()
                .value();
    }

    /** Whatever was interrupted, the next ones clean up and publish, and nothing of it is left. */
    private void goOn(String when) throws IOException {
        clean();
        requireWhole(when);
        Path tree = Files.createDirectories(root.resolve("tree-3"));
        Files.writeString(tree.resolve("own"), "of tree 3");

        publisher().publish(Source.ofTree(tree), draft(), List.of(KEY));
        clean();

        assertThat(offered()).as(when).isEqualTo("tree-3.tar.gz");
        List<ReleaseEntry> left = publisher().releases();
        Set<PackageName> staged = left.stream()
                .filter(entry -> entry.state() == ReleaseEntry.State.STAGED)
                .map(ReleaseEntry::name)
                .collect(Collectors.toSet());
        assertThat(left)
                .as(when)
                .filteredOn(entry -> !staged.contains(entry.name()))
                .hasSize(1);
        requireWhole(when);
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as(when)
                    .noneMatch(name -> name.startsWith(".tmp-") || name.equals(".incoming"));
        }
    }

    private void clean() {
        new Housekeeper(
                        root.resolve("packages"),
                        state(),
                        new DurableFiles(),
                        Clock.offset(Clock.systemUTC(), Duration.ofHours(2)))
                .clean(OptionalInt.of(1), Set.of(), false);
    }

    private Publisher publisher() {
        return new Publisher(
                root.resolve("packages"), state(), RING, new DurableFiles(), Clock.systemUTC(), Progress.NONE);
    }

    private Path state() {
        return root.resolve(".ota-server");
    }

    private static Draft draft() {
        return new Draft(Product.DEFAULT, "", OptionalLong.empty(), Optional.empty(), 0, 0, List.of(), true, false, "");
    }

    /** The program as it is started, on files of {@code root}. */
    private List<String> command(String line) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-XX:-UsePerfData",
                "-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.otapair.server.cli.OtaServerCommand"));
        for (String word : line.split(" ")) {
            boolean isFile = word.equals("k") || word.startsWith("tree-");
            words.add(isFile ? root.resolve(word).toString() : word);
        }
        words.addAll(List.of("--config", root.resolve("config.ini").toString()));
        return words;
    }
}
