package dev.otapair.server.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.release.Housekeeper.Cleaned;
import dev.otapair.server.release.Publisher.Again;
import dev.otapair.server.store.BoardRecord;
import dev.otapair.server.store.LedgerFile;
import dev.otapair.server.tree.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HousekeeperTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final KeyRing RING = new KeyRing(List.of(KEY.publicHalf()), List.of());
    private static final long SEED = Long.getLong("gc.seed", System.nanoTime());
    private static final OptionalInt ALL = OptionalInt.empty();
    private static final OptionalInt ONE = OptionalInt.of(1);
    private static final Again UNCHANGED = new Again(OptionalLong.empty(), Optional.empty(), Optional.empty(), true);

    @TempDir
    private Path folder;

    private Path packages;
    private Path state;
    private Publisher publisher;
    private Housekeeper housekeeper;

    @BeforeEach
    void open() throws IOException {
        packages = Files.createDirectory(folder.resolve("packages"));
        state = folder.resolve("state");
        publisher = new Publisher(packages, state, RING, new DurableFiles(), Clock.systemUTC(), Progress.NONE);
        housekeeper = at(Duration.ofHours(2));
    }

    @Test
    void withoutANumberNoReleaseGoes() throws IOException {
        publish("fw-1", "one");
        publish("fw-2", "two");

        assertThat(housekeeper.clean(ALL, Set.of(), false)).isEqualTo(new Cleaned(List.of(), 0, 0, 0));
        verify("fw-1", "fw-2");
    }

    @Test
    void releasesBeyondTheNewestGoWithWhatTheyAloneNeed() throws IOException {
        publish("fw-1", "one", "shared");
        publish("fw-2", "two", "shared");
        publish("fw-3", "three", "shared");
        long before = files(packages).size();

        Cleaned rehearsed = housekeeper.clean(OptionalInt.of(2), Set.of(), true);
        assertThat(files(packages)).hasSize((int) before);
        Cleaned done = housekeeper.clean(OptionalInt.of(2), Set.of(), false);

        assertThat(done).isEqualTo(rehearsed);
        assertThat(done.releases()).containsExactly(name("fw-1"));
        assertThat(done.objects()).isEqualTo(2);
        assertThat(here()).containsExactly("fw-2", "fw-3");
        assertThat(names(packages)).noneMatch(name -> name.startsWith("fw-1"));
        verify("fw-2", "fw-3");
        assertThat(housekeeper.clean(OptionalInt.of(2), Set.of(), false)).isEqualTo(new Cleaned(List.of(), 0, 0, 0));
    }

    @Test
    void productsHaveTheirOwnNewestOnes() throws IOException {
        publish("fw-1", "one");
        publisher.publish(Source.ofTree(tree("gw-1", "gw")), draft(new Product("gateway")), List.of(KEY));
        publish("fw-2", "two");

        assertThat(housekeeper.clean(ONE, Set.of(), false).releases()).containsExactly(name("fw-1"));
        verify("fw-2", "gw-1");
    }

    @Test
    void whatIsOfferedPinnedNamedOrStagedStays() throws IOException {
        for (String each : List.of("fw-1", "fw-2", "fw-3", "fw-4", "fw-5")) {
            publish(each, each);
        }
        assertThat(housekeeper.pin(name("fw-2"))).isTrue();
        assertThat(housekeeper.pin(name("fw-2"))).isFalse();
        publisher.stageAgain(name("fw-3"), UNCHANGED);
        publisher.withdraw(name("fw-5"));
        publisher.again(name("fw-1"), UNCHANGED, List.of(KEY));
        publisher.stage(Source.ofTree(tree("fw-6", "six")), draft(Product.DEFAULT));

        assertThat(housekeeper.clean(ONE, Set.of(name("fw-4")), false).releases())
                .containsExactly(name("fw-5"));
        verify("fw-1", "fw-2", "fw-3", "fw-4");

        housekeeper.unpin(name("fw-2"));
        assertThat(refusal(() -> housekeeper.unpin(name("fw-2")))).isEqualTo(ErrorCode.IO_ERROR);
        assertThat(housekeeper.clean(ONE, Set.of(), false).releases()).containsExactly(name("fw-4"), name("fw-2"));
        publisher.sign(name("fw-6"), List.of(KEY));
        publisher.offer(name("fw-6"));
        verify("fw-6");
    }

    @Test
    void whatBoardsRunAndAreBusyWithStays() throws IOException {
        for (String each : List.of("fw-1", "fw-2", "fw-3", "fw-4", "fw-5")) {
            publish(each, each);
        }
        try (LedgerFile ledger = new LedgerFile(state, new DurableFiles())) {
            ledger.note(board("runs", Optional.of(name("fw-1")), 1, Optional.empty()));
            ledger.note(board("counter", Optional.empty(), 2, Optional.empty()));
            ledger.note(board("busy", Optional.empty(), 0, report(BoardState.DOWNLOADING, "fw-3", 3)));
            ledger.note(board("failed", Optional.empty(), 0, report(BoardState.ROLLED_BACK, "fw-4", 4)));
        }

        assertThat(housekeeper.clean(ONE, Set.of(), false).releases()).containsExactly(name("fw-4"));
        verify("fw-1", "fw-2", "fw-3", "fw-5");
    }

    @Test
    void whatIsYoungStaysWhoeverItIsFor() throws IOException {
        publish("fw-1", "one");
        publish("fw-2", "two");

        Cleaned done = at(Duration.ofMinutes(50)).clean(ONE, Set.of(), false);
        assertThat(done.releases()).containsExactly(name("fw-1"));
        assertThat(done.objects()).isZero();

        assertThat(housekeeper.clean(ONE, Set.of(), false).objects()).isEqualTo(2);
    }

    @Test
    void whatInterruptedOnesHaveLeftGoes() throws IOException {
        publish("fw-1", "one");
        for (Path leftover : List.of(
                packages.resolve(".tmp-fw-2.ota.json"),
                packages.resolve(".objects/.tmp-0-1"),
                state.resolve(".tmp-boards"),
                state.resolve("offers/.tmp-default"))) {
            Files.writeString(leftover, "half");
        }
        Files.writeString(packages.resolve(".tmp-young"), "half");
        Files.setLastModifiedTime(
                packages.resolve(".tmp-young"), FileTime.from(Instant.now().plus(Duration.ofHours(2))));
        Files.writeString(packages.resolve("put-there"), "by hand");

        assertThat(housekeeper.clean(ALL, Set.of(), true).leftovers()).isEqualTo(4);
        assertThat(housekeeper.clean(ALL, Set.of(), false).leftovers()).isEqualTo(4);
        assertThat(names(packages)).contains(".tmp-young", "put-there").doesNotContain(".tmp-fw-2.ota.json");
        verify("fw-1");
    }

    /** Whoever does not know what is needed must not guess. */
    @Test
    void nothingGoesWhereSomethingCannotBeRead() throws IOException {
        publish("fw-1", "one");
        publish("fw-2", "two");
        Set<Path> before = files(packages);

        for (Path damaged : List.of(packages.resolve("fw-2.tar.gz.ota.json"), state.resolve("offers/default"))) {
            byte[] whole = Files.readAllBytes(damaged);
            Files.writeString(damaged, "damaged");

            OtaException refused =
                    catchThrowableOfType(OtaException.class, () -> housekeeper.clean(ONE, Set.of(), false));

            assertThat(refused).as(damaged.toString()).isNotNull().hasMessageContaining("nothing is removed");
            assertThat(files(packages)).as(damaged.toString()).isEqualTo(before);
            Files.write(damaged, whole);
        }
    }

    @Test
    void manifestOfAReleaseThatStaysIsNeeded() throws IOException {
        ReleaseMetadata first = publish("fw-1", "one");
        publish("fw-2", "two");
        String hex = first.manifest().orElseThrow().sha256().hex();
        Files.delete(packages.resolve(".objects").resolve(hex.substring(0, 2)).resolve(hex));

        OtaException refused = catchThrowableOfType(OtaException.class, () -> housekeeper.clean(ALL, Set.of(), false));

        assertThat(refused).hasMessageContaining("nothing is removed").hasMessageContaining("fw-1.tar.gz");
        assertThat(housekeeper.clean(ONE, Set.of(), false).releases()).containsExactly(name("fw-1"));
    }

    @Test
    void pinsThatAreDamagedKeepEverything() throws IOException {
        publish("fw-1", "one");
        publish("fw-2", "two");
        housekeeper.pin(name("fw-1"));
        Files.writeString(state.resolve("pins"), "ota-pins/1\nfw-1.tar.gz\ncrc32c=00000000\n");

        assertThat(refusal(() -> housekeeper.clean(ONE, Set.of(), false))).isEqualTo(ErrorCode.IO_ERROR);
        assertThat(refusal(() -> housekeeper.pin(name("fw-2")))).isEqualTo(ErrorCode.IO_ERROR);
        assertThat(publisher.releases()).hasSize(2);
        verify("fw-1", "fw-2");
    }

    @Test
    void onlyWhatIsHereIsPinned() throws IOException {
        publish("fw-1", "one");

        assertThat(refusal(() -> housekeeper.pin(name("fw-2")))).isEqualTo(ErrorCode.IO_ERROR);
        housekeeper.pin(name("fw-1"));
        assertThat(publisher.releases()).extracting(ReleaseEntry::isPinned).containsExactly(true);
    }

    @Test
    void pinsHaveRoomForAsManyAsTheySay() throws IOException {
        Files.createDirectories(state);
        Pins pins = new Pins(state, new DurableFiles());
        List<PackageName> names = new ArrayList<>();
        for (int i = 0; i < Pins.MAX; i++) {
            names.add(new PackageName("%03d".formatted(i) + "x".repeat(PackageName.MAX_BYTES - 3)));
        }

        pins.write(names);

        assertThat(pins.read()).containsExactlyElementsOf(names);
        names.add(name("one-more"));
        assertThat(refusal(() -> {
                    pins.write(names);
                    return pins;
                }))
                .isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(pins.read()).hasSize(Pins.MAX);
    }

    /** Whatever is published, offered, pinned and cleaned in which order: all that is left is whole, and nothing is left that nobody needs. */
    @Test
    void randomReleasesAreWholeAfterEveryCleaning() throws IOException {
        Random random = new Random(SEED);
        int next = 0;
        Set<String> pinned = new HashSet<>();
        for (int step = 0; step < 60; step++) {
            String when = "seed %d, step %d".formatted(SEED, step);
            List<String> here = here();
            String any = here.isEmpty() ? "" : here.get(random.nextInt(here.size()));
            switch (here.isEmpty() ? 0 : random.nextInt(8)) {
                case 0, 1, 2 -> publish("r-" + next++, randomContents(random));
                case 3 -> publisher.again(name(any), UNCHANGED, List.of(KEY));
                case 4 -> {
                    housekeeper.pin(name(any));
                    pinned.add(any);
                }
                case 5 -> {
                    if (pinned.remove(any)) {
                        housekeeper.unpin(name(any));
                    }
                }
                case 6 ->
                    publisher.stage(Source.ofTree(tree("s-" + next++, randomContents(random))), draft(Product.DEFAULT));
                default -> {
                    int newest = 1 + random.nextInt(4);
                    Cleaned rehearsed = housekeeper.clean(OptionalInt.of(newest), Set.of(), true);
                    assertThat(housekeeper.clean(OptionalInt.of(newest), Set.of(), false))
                            .as(when)
                            .isEqualTo(rehearsed);
                    requireAllWhole(when, newest, pinned);
                }
            }
        }
    }

    private void requireAllWhole(String when, int newest, Set<String> pinned) throws IOException {
        List<String> here = here();
        here.forEach(this::verify);
        assertThat(here).as(when).containsAll(pinned);
        assertThat(here.size()).as(when).isGreaterThanOrEqualTo(Math.min(newest, here.size()));
        PublishedOffer offer =
                new OfferBook(state, new DurableFiles()).read(Product.DEFAULT).orElseThrow();
        assertThat(packages.resolve(offer.release().metadata().name().value()))
                .as(when)
                .exists();
        Set<String> needed = new TreeSet<>();
        for (ReleaseEntry entry : publisher.releases()) {
            ReleaseMetadata release = entry.release().orElseThrow().metadata();
            Path manifest = packages.resolve(".objects")
                    .resolve(release.manifest().orElseThrow().sha256().hex().substring(0, 2))
                    .resolve(release.manifest().orElseThrow().sha256().hex());
            needed.add(manifest.getFileName().toString());
            for (String line :
                    Files.readString(manifest, StandardCharsets.ISO_8859_1).split("\n")) {
                if (line.startsWith("f ")) {
                    needed.add(line.split(" ")[6]);
                }
            }
        }
        Set<String> kept = new TreeSet<>();
        files(packages.resolve(".objects"))
                .forEach(file -> kept.add(file.getFileName().toString()));
        assertThat(kept).as(when).isEqualTo(needed);
    }

    private static String[] randomContents(Random random) {
        return random.ints(1 + random.nextInt(5), 0, 12)
                .mapToObj(number -> "content " + number)
                .toArray(String[]::new);
    }

    private interface Work {
        Object run() throws IOException;
    }

    private static ErrorCode refusal(Work work) {
        return catchThrowableOfType(OtaException.class, work::run).code();
    }

    private static ErrorCode refusal(Runnable work) {
        return catchThrowableOfType(OtaException.class, work::run).code();
    }

    /** Cleans as if it were so much later. */
    private Housekeeper at(Duration later) {
        return new Housekeeper(packages, state, new DurableFiles(), Clock.offset(Clock.systemUTC(), later));
    }

    private static BoardRecord board(
            String id, Optional<PackageName> installed, long release, Optional<Report> report) {
        return new BoardRecord(new DeviceId(id), Product.DEFAULT, installed, release, report, Optional.empty(), 1, 1);
    }

    private static Optional<Report> report(BoardState state, String about, long release) {
        return Optional.of(new Report(state, Optional.of(name(about)), release, 0));
    }

    private ReleaseMetadata publish(String name, String... contents) throws IOException {
        return publisher
                .publish(Source.ofTree(tree(name, contents)), draft(Product.DEFAULT), List.of(KEY))
                .release()
                .metadata();
    }

    private Path tree(String name, String... contents) throws IOException {
        Path tree = Files.createDirectories(folder.resolve("built").resolve(name));
        for (int i = 0; i < contents.length; i++) {
            Path file = Files.writeString(tree.resolve("file-" + i), contents[i]);
            Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-11-22T10:00:00Z")));
        }
        return tree;
    }

    private static PackageName name(String text) {
        return new PackageName(text.contains(".") || text.equals("one-more") ? text : text + ".tar.gz");
    }

    private void verify(String... names) {
        for (String name : names) {
            publisher.verify(packages.resolve(name(name).value()));
        }
    }

    /** The releases that have their place, by the names of their folders. */
    private List<String> here() {
        return publisher.releases().stream()
                .filter(entry -> entry.state() != ReleaseEntry.State.STAGED)
                .map(entry -> entry.name().value().replace(".tar.gz", ""))
                .sorted()
                .toList();
    }

    private static Set<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).collect(Collectors.toSet());
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static Draft draft(Product product) {
        return new Draft(product, "", OptionalLong.empty(), Optional.empty(), 0, 0, List.of(), true, false, "");
    }
}
