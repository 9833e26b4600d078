package dev.otapair.server.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.PowerCutDisk;
import dev.otapair.protocol.testing.SystemCalls;
import dev.otapair.server.config.Offers;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.tree.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Publishers that are killed at any call to the kernel, or lose the power at any moment: the offer is the old one or the new one, its
 * package is whole, and the next publisher goes on. {@code -Dcrash.share=1} takes every call, the default one in six; the seed is
 * printed.
 */
class PublishCrashTest {
    private static final int SHARE = Integer.getInteger("crash.share", 6);
    private static final int CUTS = Integer.getInteger("crash.cuts", 12);
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());
    private static final SigningKey KEY = SigningKey.generate();
    private static final SigningKey SECOND = SigningKey.generate();
    private static final byte[] OLDEST = bytes(60_000, 0);
    private static final byte[] OLD = bytes(70_000, 1);
    private static final byte[] NEW = bytes(90_000, 2);
    private static final Map<String, byte[]> CONTENTS = Map.of("fw-0", OLDEST, "fw-1", OLD, "fw-2", NEW);
    private static final KeyRing RING = new KeyRing(List.of(KEY.publicHalf()), List.of());

    @TempDir
    private Path folder;

    private Path root;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "publish fw-2 --key k",
                "offer --again fw-1 --key k",
                "offer --again fw-0 --key k",
                "publish --stage-only fw-2",
                "withdraw fw-1",
                "sign fw-1 --key l"
            })
    void killedAtAnyCallLeavesTheOldOfferOrTheNew(String line) throws Exception {
        Assumptions.assumeTrue(SystemCalls.areTraceable(), "strace is not here");
        root = folder.toRealPath().resolve("server");
        SystemCalls program = new SystemCalls(command(line), root, folder.resolve("trace"));
        begin();
        List<SystemCalls.Call> calls = program.record();
        Random random = new Random(SEED);
        int tried = 0;
        int killed = 0;
        int switched = 0;
        for (SystemCalls.Call call : calls) {
            if (random.nextInt(SHARE) == 0) {
                begin();
                tried++;
                killed += program.killAt(call) ? 1 : 0;
                switched += isNewAndWhole(line + " killed at " + call) ? 1 : 0;
                goOn();
            }
        }
        System.out.printf(
                "%s: %d calls that change something, seed %d, killed at %d of them: offer new %d times, 0 damaged%n",
                line, calls.size(), SEED, killed, switched);
        assertThat(calls).hasSizeGreaterThan(3);
        assertThat(killed).as("killed of %d", tried).isEqualTo(tried);
    }

    /** The writes that were not brought to the disk are gone: what a command has said is done must be. */
    @Test
    void powerCutAtAnyMomentLeavesTheOldOfferOrTheNew() throws Exception {
        Optional<PowerCutDisk> there = PowerCutDisk.create(folder.toRealPath(), 64);
        Assumptions.assumeTrue(there.isPresent(), "this needs root and loop devices");
        Random random = new Random(SEED);
        int switched = 0;
        int ended = 0;
        try (PowerCutDisk disk = there.get()) {
            root = disk.root().resolve("server");
            for (int cut = 0; cut < CUTS; cut++) {
                begin();
                new ProcessBuilder("sync", "-f", root.toString()).start().waitFor();
                Process publisher = start("publish fw-2 --key k");
                boolean isDone = publisher.waitFor(200 + random.nextInt(700), TimeUnit.MILLISECONDS)
                        && publisher.exitValue() == 0;
                disk.cut();
                publisher.destroyForcibly();
                publisher.waitFor();
                disk.restart();

                boolean isNew = isNewAndWhole("power cut " + cut + ", seed " + SEED);
                assertThat(isNew || !isDone)
                        .as("what was said to be offered is")
                        .isTrue();
                switched += isNew ? 1 : 0;
                ended += isDone ? 1 : 0;
                goOn();
            }
        }
        System.out.printf(
                "%d power cuts, seed %d: offer new %d times, of which %d had been told, 0 damaged%n",
                CUTS, SEED, switched, ended);
    }

    @Test
    void publishersAtOnceGiveNoCounterTwice() throws Exception {
        root = folder.toRealPath().resolve("server");
        begin();
        List<Process> programs = new ArrayList<>();
        for (int number = 0; number < 4; number++) {
            Files.write(root.resolve("p-" + number), bytes(1000, number));
            programs.add(start("publish p-" + number + " --key k"));
        }
        ExecutorService threads = Executors.newFixedThreadPool(2);
        List<Future<Long>> published = new ArrayList<>();
        for (int number = 0; number < 8; number++) {
            Path file = Files.write(root.resolve("t-" + number), bytes(1000, 100 + number));
            published.add(threads.submit(() -> publisher()
                    .publish(Source.ofFile(file), draft(), List.of(KEY))
                    .release()
                    .metadata()
                    .release()));
        }
        Set<Long> counters = new TreeSet<>();
        for (Future<Long> each : published) {
            counters.add(each.get(60, TimeUnit.SECONDS));
        }
        threads.shutdown();
        for (Process program : programs) {
            assertThat(program.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(program.exitValue()).isZero();
        }

        assertThat(counters).hasSize(8);
        List<Long> all = publisher().releases().stream()
                .map(entry -> entry.release().orElseThrow().metadata().release())
                .toList();
        assertThat(all).hasSize(14).doesNotHaveDuplicates();
        assertThat(offer().orElseThrow().release().metadata().release()).isEqualTo(all.get(0));
    }

    /** A server with fw-1 on offer, fw-0 before that, and fw-2 to be published. */
    private void begin() throws IOException {
        if (Files.exists(root)) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.createDirectories(root.resolve("packages"));
        Files.writeString(
                root.resolve("config.ini"),
                "[Server]\nport = 0\nsecurity = a-token-of-24-characters\npath = packages\n");
        Files.write(root.resolve("k"), KEY.toPem());
        Files.write(root.resolve("l"), SECOND.toPem());
        Files.writeString(
                root.resolve("latest.ini"),
                "[Server]\nsecurity = a-token-of-24-characters\npath = packages\nlatest = fw-0\n");
        Files.write(root.resolve("fw-0"), OLDEST);
        Files.write(root.resolve("fw-1"), OLD);
        Files.write(root.resolve("fw-2"), NEW);
        publisher().publish(Source.ofFile(root.resolve("fw-0")), draft(), List.of(KEY));
        publisher().publish(Source.ofFile(root.resolve("fw-1")), draft(), List.of(KEY));
    }

    /** Sees that what is offered is whole, and says whether it is another one than at the beginning. */
    private boolean isNewAndWhole(String when) throws IOException {
        List<String> faults = new ArrayList<>();
        PublishedOffer offer =
                new OfferBook(state(), new DurableFiles()).read(faults).get(Product.DEFAULT);
        assertThat(faults).as(when).isEmpty();
        assertThat(offer).as(when).isNotNull();
        ReleaseMetadata release = offer.release().metadata();
        Path file = root.resolve("packages").resolve(release.name().value());
        assertThat(file).as(when).hasBinaryContent(CONTENTS.get(release.name().value()));
        assertThat(RING.signersOf(offer.release().signed())).as(when).isNotEmpty();
        assertThat(RING.signersOf(namedByLatest().signed()))
                .as(when + ": with latest = fw-0")
                .isNotEmpty();
        Path second = root.resolve("packages/fw-2");
        assertThat(!Files.exists(second) || Arrays.equals(Files.readAllBytes(second), NEW))
                .as(when + ": fw-2 is whole or not there")
                .isTrue();
        return release.release() > 2
                || offer.isWithdrawn()
                || offer.release().signed().signatures().size() > 1;
    }

    /** What boards are offered where config.ini names a package: the files beside it are replaced one by one. */
    private SignedRelease namedByLatest() {
        Offers offers = ServerConfig.read(IniFile.read(root.resolve("latest.ini")), Map.of())
                .offers();
        return offers.of(Product.DEFAULT).orElseThrow().release().orElseThrow();
    }

    /** Whatever was interrupted, the next one publishes, with a counter that nobody had. */
    private void goOn() throws IOException {
        long highest = publisher().releases().stream()
                .flatMap(entry -> entry.release().stream())
                .mapToLong(release -> release.metadata().release())
                .max()
                .orElse(0);
        Path next = Files.write(root.resolve("fw-3"), bytes(500, 3));

        ReleaseMetadata release = publisher()
                .publish(Source.ofFile(next), draft(), List.of(KEY))
                .release()
                .metadata();

        assertThat(release.release()).isGreaterThan(highest);
        assertThat(offer().orElseThrow().release().metadata()).isEqualTo(release);
        assertThat(root.resolve("packages/fw-3")).hasBinaryContent(bytes(500, 3));
    }

    private Optional<PublishedOffer> offer() {
        return new OfferBook(state(), new DurableFiles()).read(Product.DEFAULT);
    }

    private Publisher publisher() {
        return new Publisher(
                root.resolve("packages"), state(), KeyRing.EMPTY, new DurableFiles(), Clock.systemUTC(), Progress.NONE);
    }

    private Path state() {
        return root.resolve(".ota-server");
    }

    private static Draft draft() {
        return new Draft(Product.DEFAULT, "", OptionalLong.empty(), Optional.empty(), 0, 0, List.of(), true, false, "");
    }

    private Process start(String line) throws IOException {
        return new ProcessBuilder(command(line))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
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
        boolean isPublish = line.startsWith("publish");
        for (String word : line.split(" ")) {
            boolean isFile = word.matches("[kl]") || isPublish && word.matches("(fw|p)-\\d+");
            words.add(isFile ? root.resolve(word).toString() : word);
        }
        words.addAll(List.of("--config", root.resolve("config.ini").toString()));
        return words;
    }

    private static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
