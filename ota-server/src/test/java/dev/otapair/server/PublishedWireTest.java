package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.protocol.testing.V2Message;
import dev.otapair.server.delta.Ability;
import dev.otapair.server.delta.Pair;
import dev.otapair.server.delta.PlanMaker;
import dev.otapair.server.release.Draft;
import dev.otapair.server.release.Publisher;
import dev.otapair.server.release.SignedRelease;
import dev.otapair.server.release.Source;
import dev.otapair.server.tree.Progress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is published while the server runs, as boards see it. */
class PublishedWireTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final byte[] LARGE = new byte[20_000_000];
    private static final String ASKED =
            "{\"request\":\"header\",\"data\":{\"product\":\"%s\",\"installed\":\"\",\"release\":0,\"keys\":1}}";

    @TempDir
    private Path folder;

    private ConfigFile config;
    private RunningServer server;

    @BeforeEach
    void start() {
        config = new ConfigFile(folder).with("latest", "").with("state_dir", "state");
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void newOfferIsTakenByTheNextConnection() throws IOException {
        assertThat(header("default").get("latest")).isEmpty();

        SignedRelease one = publish("fw-1", Product.DEFAULT, "one");
        V2Message first = header("default");
        SignedRelease two = publish("fw-2", Product.DEFAULT, "two");
        V2Message second = header("default");

        assertOffers(first, one);
        assertOffers(second, two);
    }

    @Test
    void withdrawnOfferIsGoneForTheNextConnection() throws IOException {
        publish("fw-1", Product.DEFAULT, "one");
        assertThat(header("default").get("latest")).isEqualTo("fw-1");

        publisher().withdraw(new PackageName("fw-1"));

        assertThat(header("default").get("latest")).isEmpty();
    }

    @Test
    void eachProductHasItsOffer() throws IOException {
        SignedRelease gateway = publish("gw-1", new Product("gateway"), "one");

        assertOffers(header("gateway"), gateway);
        assertThat(header("default").get("latest")).isEmpty();
    }

    /** A board that knows nothing of signatures is told nothing of them. */
    @Test
    void boardThatDoesNotAskForSignaturesGetsNone() throws IOException {
        publish("fw-1", Product.DEFAULT, "one");
        try (V2Client client = server.enterV2()) {
            V2Message offer = client.request(V2Client.header("default"));

            assertThat(offer.data()).containsOnlyKeys("latest", "size", "sha256", "now");
        }
    }

    /** v1 boards get the same package, with MD5, as ever. */
    @Test
    void v1BoardGetsThePublishedPackageWithItsMd5() throws Exception {
        publish("fw-1", Product.DEFAULT, "one");
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        try (V1Client client = server.connect()) {
            V1Client.Outcome outcome = client.update(ConfigFile.TOKEN, "fw-0", got);

            assertThat(outcome.ending()).isEqualTo(V1Client.Ending.UPDATED);
        }
        assertThat(got.toString(StandardCharsets.UTF_8)).isEqualTo("one");
        try (V1Client client = server.enter()) {
            assertThat(client.header()).isEqualTo("fw-1");
            assertThat(client.packageInfo().md5()).isEqualTo("f97c5d29941bfb1b2fdab0874906ab82");
        }
    }

    /** The board would find out after the download; the server spares it that. */
    @Test
    void packageThatIsNotWhatWasPublishedIsNotHandedOut() throws IOException {
        publish("fw-1", Product.DEFAULT, "one");
        config.put("fw-1", "ill".getBytes(StandardCharsets.US_ASCII));

        try (V2Client client = server.enterV2()) {
            assertThat(client.request(ASKED.formatted("default")).get("reason")).isEqualTo("Package is not available.");
        }
        try (V1Client client = server.enter()) {
            assertThat(client.request("package", Map.of()).text()).contains("not available");
        }
    }

    /** {@code latest} wins, with what stands beside the package, and the server says so. */
    @Test
    void latestHidesWhatIsPublished() throws IOException {
        publish("fw-1", Product.DEFAULT, "one");
        config.put("fw-0", "zero".getBytes(StandardCharsets.US_ASCII));
        try (CapturedLog log = new CapturedLog()) {
            config.with("latest", "fw-0");

            assertThat(header("default").get("latest")).isEqualTo("fw-0");
            assertThat(log.lines()).anyMatch(line -> line.startsWith("[WARNING]") && line.contains("fw-1"));
        }
        config.with("latest", "");
        assertThat(header("default").get("latest")).isEqualTo("fw-1");
    }

    /** While packages are being sent, offers come and go: each board gets a whole one. */
    @Test
    void transferGoesOnWhileTheNextOneIsPublished() throws IOException {
        byte[] large = new byte[3_000_000];
        new Random(5).nextBytes(large);
        publish("fw-1", Product.DEFAULT, large);
        try (V2Client client = server.enterV2()) {
            V2Message offer = client.request(ASKED.formatted("default"));
            V2Message announced = client.request(V2Client.packageRequest("default", offer.get("sha256"), 0));
            publish("fw-2", Product.DEFAULT, "two".getBytes(StandardCharsets.US_ASCII));
            assertThat(header("default").get("latest")).isEqualTo("fw-2");

            assertThat(client.body(announced.number("length"))).isEqualTo(large);
        }
    }

    /** Whoever has got half of it gets no more, and is told so by the next header. */
    @Test
    void withdrawnReleaseStopsTheTransfersThatRun() throws IOException {
        publish("fw-1", Product.DEFAULT, LARGE);
        try (V2Client v2 = server.enterV2();
                V1Client v1 = server.enter()) {
            V2Message offer = v2.request(ASKED.formatted("default"));
            V2Message announced = v2.request(V2Client.packageRequest("default", offer.get("sha256"), 0));
            v1.packageInfo();

            publisher().withdraw(new PackageName("fw-1"));

            assertThat(header("default").get("latest")).isEmpty();
            assertThatThrownBy(() -> v2.body(announced.number("length")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
            assertThatThrownBy(() -> v1.receive(OutputStream.nullOutputStream(), LARGE.length))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void withdrawnReleaseStopsThePlanThatIsSent() throws IOException {
        byte[] large = new byte[20_000_000];
        new Random(1).nextBytes(large);
        SignedRelease release = publish("fw-1", Product.DEFAULT, large);
        Digest want = release.metadata().content().sha256();
        PlanMaker.of(config.packages(), config.read().deltas())
                .make(new Pair(want, Optional.empty(), Ability.NONE, ObjectNumbers.NONE));
        try (PlanBoard board = new PlanBoard(server.enterV2()).with("[]")) {
            V2Message announced = board.client()
                    .request(board.request(want, Optional.empty(), "", Optional.empty(), OptionalLong.of(0)));
            assertThat(announced.number("length")).isEqualTo(large.length);

            publisher().withdraw(new PackageName("fw-1"));

            assertThat(header("default").get("latest")).isEmpty();
            assertThatThrownBy(() -> board.client().body(announced.number("length")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        }
    }

    /** A session that began before, as that of a v1 client at its prompt, gets none of it either. */
    @Test
    void withdrawnReleaseIsNotSentInASessionThatBeganBefore() throws IOException {
        publish("fw-1", Product.DEFAULT, LARGE);
        try (V1Client v1 = server.enter()) {
            assertThat(v1.header()).isEqualTo("fw-1");

            publisher().withdraw(new PackageName("fw-1"));

            assertThat(header("default").get("latest")).isEmpty();
            assertThat(v1.request("package", Map.of()).text()).contains("not available");
        }
    }

    /** The same content under a new counter is on offer again. */
    @Test
    void releaseThatIsOfferedAgainIsSent() throws IOException {
        publish("fw-1", Product.DEFAULT, "one");
        publisher().withdraw(new PackageName("fw-1"));
        assertThat(header("default").get("latest")).isEmpty();
        publish("fw-2", Product.DEFAULT, "one");

        try (V2Client v2 = server.enterV2()) {
            V2Message offer = v2.request(ASKED.formatted("default"));
            V2Message announced = v2.request(V2Client.packageRequest("default", offer.get("sha256"), 0));

            assertThat(v2.body(announced.number("length"))).asString().isEqualTo("one");
        }
    }

    @Test
    void boardsAreToldWhenToAskAgain() throws IOException {
        assertThat(header("default").data()).doesNotContainKey("next_poll");

        config.with("poll_interval", "20m");

        assertThat(header("default").number("next_poll")).isEqualTo(1200);
    }

    private V2Message header(String product) throws IOException {
        try (V2Client client = server.enterV2()) {
            return client.request(ASKED.formatted(product));
        }
    }

    private static void assertOffers(V2Message offer, SignedRelease release) {
        assertThat(offer.get("latest")).isEqualTo(release.metadata().name().value());
        assertThat(offer.get("sha256"))
                .isEqualTo(release.metadata().content().sha256().hex());
        assertThat(offer.get("meta")).isEqualTo(release.signed().bytes().toBase64());
        assertThat(offer.text())
                .contains("\"sigs\":[\"" + KEY.publicHalf().id() + ":"
                        + release.signed().signatures().get(0).bytes().toBase64() + "\"]");
    }

    private SignedRelease publish(String name, Product product, String content) throws IOException {
        return publish(name, product, content.getBytes(StandardCharsets.US_ASCII));
    }

    private SignedRelease publish(String name, Product product, byte[] content) throws IOException {
        Path file = Files.write(Files.createDirectories(folder.resolve("built")).resolve(name), content);
        Draft draft = new Draft(product, "", OptionalLong.empty(), Optional.empty(), 0, 0, List.of(), true, false, "");
        return publisher().publish(Source.ofFile(file), draft, List.of(KEY)).release();
    }

    private Publisher publisher() {
        return new Publisher(
                config.packages(),
                folder.resolve("state"),
                KeyRing.EMPTY,
                new DurableFiles(),
                Clock.systemUTC(),
                Progress.NONE);
    }
}
