package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.protocol.testing.V2Message;
import dev.otapair.server.PlanBoard.Got;
import dev.otapair.server.config.SelfSignedCertificate;
import dev.otapair.server.delta.Ability;
import dev.otapair.server.delta.Applied;
import dev.otapair.server.delta.LockHolder;
import dev.otapair.server.delta.Pair;
import dev.otapair.server.delta.PlanMaker;
import dev.otapair.server.delta.Shelf;
import dev.otapair.server.delta.Trees;
import dev.otapair.server.store.LedgerFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Increments as boards ask for them, with the process that makes them. */
class PlanWireTest {
    private static final Digest NONE = Shelf.sha256(new byte[0]);

    @TempDir
    private Path folder;

    private ConfigFile config;
    private Shelf shelf;
    private RunningServer server;

    private Map<String, byte[]> before;
    private Map<String, byte[]> after;
    private Manifest base;
    private Manifest wanted;

    @BeforeEach
    void start() {
        config = new ConfigFile(folder)
                .with("state_dir", "state")
                .with("delta_wait", "140")
                .with("latest", "fw-2")
                .with("max_clients", "300");
        shelf = new Shelf(config.packages());
        before = new TreeMap<>(Map.of("etc/conf", bytes("conf"), "bin/gone", bytes("gone"), "bin/kept", bytes("kept")));
        before.put("bin/app", Trees.program(new Random(1), 400_000));
        after = new TreeMap<>(before);
        after.remove("bin/gone");
        after.put("bin/app", Trees.changed(before.get("bin/app"), new Random(2)));
        after.put("bin/new", Trees.noise(new Random(3), 200_000));
        base = shelf.tree("fw-1", before);
        wanted = shelf.tree("fw-2", after);
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void boardThatHoldsNothingGetsAllOfATree() throws IOException {
        try (PlanBoard board = board()) {
            Got got = board.fetch(wanted.sha256(), Optional.empty());

            assertThat(got.manifest(Optional.empty()).sha256()).isEqualTo(wanted.sha256());
            assertThat(got.plan().base()).isEmpty();
            assertMakes(got.plan(), Map.of(), List.of(), got.pieces());
            assertThat(got.answer().number("added")).isEqualTo(wanted.entries().size());
            assertThat(board.client().request(V2Client.header("default")).get("latest"))
                    .isEqualTo("fw-2");
        }
    }

    @Test
    void boardThatHoldsTheReleaseBeforeGetsWhatHasChanged() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        try (PlanBoard board = board()) {
            Got got = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            assertThat(got.manifest(Optional.of(base)).sha256()).isEqualTo(wanted.sha256());
            assertThat(got.plan().base()).contains(base.sha256());
            assertThat(got.pieces().length).isBetween(200_000, 202_000);
            assertThat(got.answer().text()).contains("\"added\":1,\"changed\":1,\"removed\":1,");
            assertMakes(got.plan(), Trees.contents(before), base.objects(), got.pieces());
        }
    }

    @Test
    void boardThatDecodesNoPatchesGetsNone() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ZSTD);
        try (PlanBoard board = board().with("[\"zstd\"]")) {
            Got got = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            assertThat(PlanBoard.number(got.answer(), "patch")).isZero();
            assertThat(got.plan().pieces())
                    .extracting(Plan.Piece::coding)
                    .doesNotContain(Coding.BSDIFF, Coding.ZSTD_PATCH);
            assertMakes(got.plan(), Trees.contents(before), base.objects(), got.pieces());
        }
    }

    @Test
    void boardThatDecodesNothingGetsBytesAsTheyAre() throws IOException {
        try (PlanBoard board = board().with("[]")) {
            Got got = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            int split = (int) PlanBoard.number(got.answer(), "manifest");
            assertThat(Arrays.copyOf(got.body(), split)).isEqualTo(wanted.toBytes());
            Plan plan = Plan.parse(Arrays.copyOfRange(got.body(), split, got.body().length));
            assertThat(plan.pieces()).extracting(Plan.Piece::coding).containsOnly(Coding.RAW);
            assertMakes(plan, Trees.contents(before), base.objects(), got.pieces());
        }
    }

    @Test
    void packageThatIsOneFileIsMadeOfTheOneBefore() throws IOException {
        byte[] old = Trees.program(new Random(4), 300_000);
        Content one = shelf.file("file-1", old);
        Content two = shelf.file("file-2", Trees.changed(old, new Random(5)));
        config.with("latest", "file-2");
        ahead(two.sha256(), Optional.of(one.sha256()), Ability.ALL);
        try (PlanBoard board = board()) {
            Got got = board.fetch(two.sha256(), Optional.of(one.sha256()));

            assertThat(PlanBoard.number(got.answer(), "manifest")).isZero();
            assertThat(got.pieces().length).isLessThan(2_000);
            Map<Digest, byte[]> has =
                    Applied.plan(got.plan(), Map.of(one.sha256(), old), List.of(one), List.of(two), got.pieces());
            assertThat(has).containsKey(two.sha256());
        }
    }

    @Test
    void costIsToldWithoutAByteOfIt() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        try (PlanBoard board = board()) {
            Got cost =
                    board.ask(wanted.sha256(), Optional.of(base.sha256()), "", Optional.empty(), OptionalLong.empty());
            Got all = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            assertThat(cost.answer().data()).doesNotContainKey("body");
            assertThat(cost.answer().number("length")).isZero();
            assertThat(cost.answer().number("size")).isEqualTo(all.pieces().length);
            assertThat(cost.answer().get("plan")).isEqualTo(all.answer().get("plan"));
        }
    }

    @Test
    void transferGoesOnFromAnyOffset() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        long seed = 7;
        Random random = new Random(seed);
        Got all;
        try (PlanBoard board = board()) {
            all = board.fetch(wanted.sha256(), Optional.of(base.sha256()));
        }
        Optional<Digest> plan = Optional.of(all.plan().id());
        int size = all.pieces().length;
        int first = (int) all.plan().pieces().get(0).length();
        for (int offset : new int[] {0, 1, first - 1, first, first + 1, size - 1, size, random.nextInt(size)}) {
            try (PlanBoard board = board()) {
                Got rest = board.ask(wanted.sha256(), Optional.of(base.sha256()), "", plan, OptionalLong.of(offset));

                assertThat(rest.answer().data())
                        .as("seed %d, from %d", seed, offset)
                        .doesNotContainKey("body");
                assertThat(rest.answer().number("offset")).isEqualTo(offset);
                assertThat(rest.pieces()).isEqualTo(Arrays.copyOfRange(all.pieces(), offset, size));
            }
        }
    }

    @Test
    void transferGoesOnAfterARestart() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        Got all;
        try (PlanBoard board = board()) {
            all = board.fetch(wanted.sha256(), Optional.of(base.sha256()));
        }
        server.close();
        server = new RunningServer(config);
        try (PlanBoard board = board()) {
            Got rest = board.ask(
                    wanted.sha256(),
                    Optional.of(base.sha256()),
                    "",
                    Optional.of(all.plan().id()),
                    OptionalLong.of(1000));

            assertThat(rest.pieces()).isEqualTo(Arrays.copyOfRange(all.pieces(), 1000, all.pieces().length));
        }
    }

    @Test
    void planThatIsNoMoreIsAnsweredByAnotherFromItsBeginning() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        try (PlanBoard board = board()) {
            Got got = board.ask(wanted.sha256(), Optional.of(base.sha256()), "", Optional.of(NONE), OptionalLong.of(5));

            assertThat(got.answer().number("offset")).isZero();
            assertThat(got.answer().data()).containsKey("body");
            assertMakes(got.plan(), Trees.contents(before), base.objects(), got.pieces());
        }
    }

    @Test
    void offsetBeyondTheEndIsMalformed() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        try (PlanBoard board = board()) {
            Got all = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            Got refused = board.ask(
                    wanted.sha256(),
                    Optional.of(base.sha256()),
                    "",
                    Optional.of(all.plan().id()),
                    OptionalLong.of(all.pieces().length + 1));

            assertThat(refused.answer().text()).contains("Malformed message.");
        }
    }

    @Test
    void whoWantsWhatIsNotOnOfferIsToldWhatIs() throws IOException {
        ahead(wanted.sha256(), Optional.empty(), Ability.ALL);
        try (PlanBoard board = board()) {
            Got got = board.fetch(base.sha256(), Optional.empty());

            assertThat(got.answer().get("want")).isEqualTo(wanted.sha256().hex());
            assertThat(got.answer().number("length")).isZero();
            assertThat(got.answer().data()).doesNotContainKey("body");
            assertThat(board.fetch(wanted.sha256(), Optional.empty()).pieces()).isNotEmpty();
        }
    }

    @Test
    void boardIsToldWhenTheOfferHasChangedMeanwhile() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        Got all;
        try (PlanBoard board = board()) {
            all = board.fetch(wanted.sha256(), Optional.of(base.sha256()));
        }
        Manifest third = shelf.tree("fw-3", Map.of("only", bytes("one")));
        config.with("latest", "fw-3");
        try (PlanBoard board = board()) {
            Got got = board.ask(
                    wanted.sha256(),
                    Optional.of(base.sha256()),
                    "",
                    Optional.of(all.plan().id()),
                    OptionalLong.of(10));

            assertThat(got.answer().get("want")).isEqualTo(third.sha256().hex());
            assertThat(got.answer().number("length")).isZero();
        }
    }

    @Test
    void baseThatNobodyKnowsIsAsGoodAsNone() throws IOException {
        ahead(wanted.sha256(), Optional.empty(), Ability.ALL);
        try (PlanBoard board = board()) {
            Got got = board.fetch(wanted.sha256(), Optional.of(NONE));

            assertThat(got.plan().base()).isEmpty();
            assertMakes(got.plan(), Map.of(), List.of(), got.pieces());
        }
    }

    @Test
    void whatABoardHasLostComesFirst() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        Map<Digest, byte[]> held = Trees.contents(before);
        int kept = numberOf("kept");
        held.remove(Shelf.sha256(bytes("kept")));
        try (PlanBoard board = board()) {
            Got got = board.ask(
                    wanted.sha256(),
                    Optional.of(base.sha256()),
                    String.valueOf(kept),
                    Optional.empty(),
                    OptionalLong.of(0));

            assertThat(got.plan().pieces().get(0).makes()).containsExactly(kept);
            assertMakes(got.plan(), held, base.objects(), got.pieces());
            Got rest = board.ask(
                    wanted.sha256(),
                    Optional.of(base.sha256()),
                    String.valueOf(kept),
                    Optional.of(got.plan().id()),
                    OptionalLong.of(3));
            assertThat(rest.pieces()).isEqualTo(Arrays.copyOfRange(got.pieces(), 3, got.pieces().length));
        }
    }

    @Test
    void boardIsToldToComeAgainWhileAPlanIsMade() throws IOException {
        config.with("delta_wait", "1");
        Path lock = folder.resolve("state/deltas/locks/%s-%s"
                .formatted(wanted.sha256().hex(), base.sha256().hex()));
        Files.createDirectories(lock.getParent());
        Process other = LockHolder.start(lock);
        try (PlanBoard board = board()) {
            Got early = board.fetch(wanted.sha256(), Optional.of(base.sha256()));
            assertThat(early.answer().kind()).isEqualTo("busy");
            assertThat(early.answer().number("retry_after")).isEqualTo(30);

            other.destroyForcibly();

            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> board.fetch(wanted.sha256(), Optional.of(base.sha256()))
                            .answer()
                            .kind()
                            .equals("plan"));
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void serverThatMakesNoPlansOffersNone() throws IOException {
        config.with("deltas", "no");
        try (PlanBoard board = new PlanBoard(server.connectV2())) {
            V2Message challenge = board.client().sayHello(V2Client.hello("board-1", "[\"resume\",\"plan\"]"));
            assertThat(challenge.text()).contains("\"caps\":[\"resume\"]");
            board.client().send(board.client().proof(ConfigFile.TOKEN));
            board.client().receiveConnected();

            assertThat(board.fetch(wanted.sha256(), Optional.empty()).answer().text())
                    .contains("Unknown request.");
        }
    }

    @Test
    void releaseThatIsDamagedIsNotAvailableAsAPlan() throws IOException {
        Files.write(shelf.placeOf(Shelf.sha256(after.get("bin/app"))), new byte[400_000]);
        try (PlanBoard board = board()) {
            Got got = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            assertThat(got.answer().text()).contains("Package is not available.");
            assertThat(board.client().fetch(0)).asString(StandardCharsets.UTF_8).isEqualTo("archive of fw-2");
        }
    }

    @Test
    void pieceThatWasDamagedIsMadeAgain() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        Got first;
        try (PlanBoard board = board()) {
            first = board.fetch(wanted.sha256(), Optional.of(base.sha256()));
        }
        server.close();
        Digest piece = first.plan().pieces().get(0).sha256();
        Files.writeString(folder.resolve("state/deltas/pieces").resolve(piece.hex()), "another");
        server = new RunningServer(config);
        try (PlanBoard board = board()) {
            Got again = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            assertThat(again.pieces()).isEqualTo(first.pieces());
        }
    }

    @Test
    void boardThatIsSentAPlanIsSeenToDownload() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        try (PlanBoard board = board()) {
            board.client()
                    .request(
                            "{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"fw-1\",\"release\":1,"
                                    + "\"keys\":0}}");

            board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            Awaitility.await()
                    .until(() -> LedgerFile.read(folder.resolve("state")).boards().values().stream()
                            .flatMap(record -> record.state().stream())
                            .anyMatch(state -> state.state().word().equals("downloading")));
        }
    }

    @Test
    void planIsSentInChunksUnderTls() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        SelfSignedCertificate certificate = SelfSignedCertificate.make("localhost");
        Files.write(folder.resolve("cert.pem"), certificate.certificatePem());
        Files.write(folder.resolve("key.pem"), certificate.keyPem());
        config.with("tls_cert", "cert.pem").with("tls_key", "key.pem").with("tls", "required");
        try (PlanBoard board = new PlanBoard(
                new V2Client(TlsPeer.connect(server.address(), Optional.empty())).enter(ConfigFile.TOKEN))) {
            Got got = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            assertMakes(got.plan(), Trees.contents(before), base.objects(), got.pieces());
        }
    }

    @Test
    void slowBoardGetsAllOfAPlanInItsOwnTime() throws IOException {
        ahead(wanted.sha256(), Optional.of(base.sha256()), Ability.ALL);
        V2Client slow = new V2Client(server.address(), "127.0.0.1", 4096).enter(ConfigFile.TOKEN);
        try (PlanBoard board = new PlanBoard(slow)) {
            Got got = board.fetch(wanted.sha256(), Optional.of(base.sha256()));

            assertMakes(got.plan(), Trees.contents(before), base.objects(), got.pieces());
        }
    }

    /** Five bases, two hundred boards, at one moment. */
    @Test
    void eachPlanIsMadeOnceHoweverManyAsk() throws Exception {
        List<Optional<Digest>> bases = new ArrayList<>(List.of(Optional.empty(), Optional.of(base.sha256())));
        List<Map<String, byte[]>> trees = new ArrayList<>(List.of(Map.of(), before));
        for (int i = 0; i < 3; i++) {
            Map<String, byte[]> tree = new TreeMap<>(before);
            tree.put("bin/app", Trees.changed(before.get("bin/app"), new Random(20 + i)));
            bases.add(Optional.of(shelf.tree("older-" + i, tree).sha256()));
            trees.add(tree);
        }
        config.with("latest", "fw-2");
        try (CapturedLog log = new CapturedLog()) {
            CountDownLatch ready = new CountDownLatch(200);
            ExecutorService threads = Executors.newFixedThreadPool(200);
            List<Future<Got>> all = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Optional<Digest> held = bases.get(i % bases.size());
                all.add(threads.submit((Callable<Got>) () -> {
                    try (PlanBoard board = board()) {
                        ready.countDown();
                        ready.await();
                        Got got = board.fetch(wanted.sha256(), held);
                        for (int tries = 0; got.answer().kind().equals("busy") && tries < 10; tries++) {
                            got = board.fetch(wanted.sha256(), held);
                        }
                        return got;
                    }
                }));
            }
            for (int i = 0; i < all.size(); i++) {
                Got got = all.get(i).get();
                Map<String, byte[]> tree = trees.get(i % trees.size());
                Manifest held = tree.isEmpty() ? null : Shelf.manifestOf(tree);
                assertMakes(got.plan(), Trees.contents(tree), held == null ? List.of() : held.objects(), got.pieces());
            }
            threads.shutdown();

            try (Stream<Path> plans = Files.list(folder.resolve("state/deltas/plans"))) {
                assertThat(plans).hasSize(5);
            }
            assertThat(log.lines().stream().filter(line -> line.contains("Making plan")))
                    .as("starts of make-patch")
                    .hasSize(5);
        }
    }

    private PlanBoard board() throws IOException {
        return new PlanBoard(server.enterV2());
    }

    /** Makes a plan in this process, as a command would have done it ahead. */
    private void ahead(Digest want, Optional<Digest> held, Ability ability) {
        PlanMaker.of(config.packages(), config.read().deltas()).make(new Pair(want, held, ability, ObjectNumbers.NONE));
    }

    private int numberOf(String text) {
        Digest sha256 = Shelf.sha256(bytes(text));
        for (int number = 0; number < base.objects().size(); number++) {
            if (base.objects().get(number).sha256().equals(sha256)) {
                return number;
            }
        }
        throw new AssertionError(text + " is no object");
    }

    private void assertMakes(Plan plan, Map<Digest, byte[]> held, List<Content> olds, byte[] pieces)
            throws IOException {
        Map<Digest, byte[]> has = Applied.plan(plan, held, olds, wanted.objects(), pieces);
        assertThat(wanted.objects().stream().map(Content::sha256)).allMatch(has::containsKey);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
