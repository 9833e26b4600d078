package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.protocol.testing.V2Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a v2 board gets from our server; the peer shares no code with it. */
class V2SessionWireTest {
    private static final byte[] PACKAGE = new byte[300_000];
    private static final String NO_SHA256 = "0".repeat(64);
    private static final String SEAL_REJECTED =
            "{\"response\":\"error\",\"data\":{\"v\":2,\"reason\":\"Message authentication failed.\"}";

    static {
        new Random(20210323).nextBytes(PACKAGE);
    }

    @TempDir
    private Path folder;

    private ConfigFile config;
    private RunningServer server;

    @BeforeEach
    void start() {
        config = new ConfigFile(folder);
        config.put(ConfigFile.LATEST, PACKAGE);
        config.put("gateway-2", new byte[] {1, 2, 3});
        config.write(config.text() + "[Product gateway]\nlatest = gateway-2\n[Product later]\nlatest =\n");
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertSealRejected(V2Client client) throws IOException {
        assertThat(client.receiveSealed().text()).startsWith(SEAL_REJECTED);
        client.awaitEof();
    }

    private static void assertIdentity(V2Message message, byte[] content) {
        assertThat(message.get("latest")).isEqualTo(ConfigFile.LATEST);
        assertThat(message.number("size")).isEqualTo(content.length);
        assertThat(message.get("sha256")).isEqualTo(sha256(content));
    }

    @Test
    void wholeCheckTakesThreeRoundTripsWithTheConnect() throws IOException {
        try (V2Client client = server.connectV2()) {
            V2Message challenge = client.sayHello();
            client.send(client.proof(ConfigFile.TOKEN) + client.seal(V2Client.header("default")));
            client.receiveConnected();
            V2Message offer = client.receiveSealed();

            assertThat(challenge.text()).contains("\"caps\":[\"resume\",\"plan\"]");
            assertIdentity(offer, PACKAGE);
            assertThat(offer.number("now"))
                    .isBetween(
                            Instant.now().getEpochSecond() - 10, Instant.now().getEpochSecond() + 1);
            assertThat(client.writes()).isEqualTo(2);
        }
    }

    @Test
    void updateTakesOneMoreRoundTrip() throws IOException {
        try (V2Client client = server.connectV2()) {
            client.sayHello();
            client.send(client.proof(ConfigFile.TOKEN) + client.seal(V2Client.header("default")));
            client.receiveConnected();
            V2Message offer = client.receiveSealed();
            V2Message announced = client.request(V2Client.packageRequest("default", offer.get("sha256"), 0));
            byte[] body = client.body(announced.number("length"));
            client.send(client.seal(V2Client.exitRequest()));
            client.awaitEof();

            assertThat(body).isEqualTo(PACKAGE);
            assertThat(client.writes()).isEqualTo(4);
        }
    }

    /** T19: products are names, not paths; the answer to one that is not there is as authentic as any other. */
    @ParameterizedTest
    @ValueSource(strings = {"unknown", "later", "gateway-2", "fw.tar.gz"})
    void productWithoutAnOfferHasNothingAlsoWhenItIsAskedForWithTheProof(String product) throws IOException {
        try (V2Client client = server.connectV2()) {
            client.sayHello();
            client.send(client.proof(ConfigFile.TOKEN) + client.seal(V2Client.header(product)));
            client.receiveConnected();

            V2Message offer = client.receiveSealed();

            assertThat(offer.get("latest")).isEmpty();
            assertThat(offer.data()).containsOnlyKeys("latest", "now");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../gateway-2", "/etc/passwd", "a/b", "", ".hidden"})
    void productThatIsNoNameIsMalformed(String product) throws IOException {
        try (V2Client client = server.enterV2()) {
            assertThat(client.request(V2Client.header(product)).get("reason")).isEqualTo("Malformed message.");
            client.awaitEof();
        }
    }

    @Test
    void eachProductHasAnOfferOfItsOwn() throws IOException {
        try (V2Client client = server.enterV2()) {
            V2Message offer = client.request(V2Client.header("gateway"));
            V2Message announced = client.request(V2Client.packageRequest("gateway", offer.get("sha256"), 1));

            assertThat(offer.get("latest")).isEqualTo("gateway-2");
            assertThat(client.body(announced.number("length"))).containsExactly(2, 3);
        }
    }

    @Test
    void v1BoardsGetTheDefaultProduct() throws IOException {
        try (V1Client client = server.enter()) {
            assertThat(client.header()).isEqualTo(ConfigFile.LATEST);
        }
    }

    /** Around the end that is sent apart, and at both ends. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_536, 234_463, 234_464, 234_465, 299_999, 300_000})
    void packageBeginsAtTheOffset(int offset) throws IOException {
        try (V2Client client = server.enterV2()) {
            V2Message announced = client.request(V2Client.packageRequest("default", sha256(PACKAGE), offset));

            assertIdentity(announced, PACKAGE);
            assertThat(announced.number("offset")).isEqualTo(offset);
            assertThat(announced.number("length")).isEqualTo(PACKAGE.length - offset);
            assertThat(client.body(announced.number("length")))
                    .isEqualTo(Arrays.copyOfRange(PACKAGE, offset, PACKAGE.length));
            assertThat(client.request(V2Client.header("default")).kind()).isEqualTo("header");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {300_001, 999_999_999_999_999_999L})
    void offsetBeyondTheSizeIsMalformed(long offset) throws IOException {
        try (V2Client client = server.enterV2()) {
            assertThat(client.request(V2Client.packageRequest("default", sha256(PACKAGE), offset))
                            .get("reason"))
                    .isEqualTo("Malformed message.");
            client.awaitEof();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 300_000, 999_999_999_999_999_999L})
    void anotherContentIsAnsweredWithTheNewIdentityAndNoByte(long offset) throws IOException {
        try (V2Client client = server.enterV2()) {
            V2Message announced = client.request(V2Client.packageRequest("default", NO_SHA256, offset));

            assertIdentity(announced, PACKAGE);
            assertThat(announced.number("offset")).isZero();
            assertThat(announced.number("length")).isZero();
            assertThat(client.request(V2Client.header("default")).kind()).isEqualTo("header");
        }
    }

    /** T8, on the wire: bytes of two contents are never mixed. */
    @Test
    void renameBetweenTwoRequestsNeverMixesBytes() throws IOException {
        byte[] other = new byte[300_000];
        new Random(1).nextBytes(other);
        try (V2Client client = server.enterV2()) {
            String before = client.request(V2Client.header("default")).get("sha256");
            client.body(client.request(V2Client.packageRequest("default", before, 299_000))
                    .number("length"));
            config.put(ConfigFile.LATEST, other);

            V2Message announced = client.request(V2Client.packageRequest("default", before, 1000));

            assertIdentity(announced, other);
            assertThat(announced.number("length")).isZero();
            V2Message again = client.request(V2Client.packageRequest("default", announced.get("sha256"), 0));
            assertThat(client.body(again.number("length"))).isEqualTo(other);
        }
    }

    @Test
    void renameInTheMiddleOfABodyLetsItEndAsItBegan() throws IOException {
        byte[] large = new byte[8_000_000];
        config.put(ConfigFile.LATEST, large);
        try (V2Client client = new V2Client(server.address(), "127.0.0.1", 4096).enter(ConfigFile.TOKEN)) {
            String sha256 = client.request(V2Client.header("default")).get("sha256");
            long length = client.request(V2Client.packageRequest("default", sha256, 10))
                    .number("length");
            client.body(1000);
            config.put(ConfigFile.LATEST, PACKAGE);

            assertThat(sha256(concat(new byte[1010], client.body(length - 1000))))
                    .isEqualTo(sha256);
        }
    }

    private static byte[] concat(byte[] first, byte[] second) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(first);
        out.writeBytes(second);
        return out.toByteArray();
    }

    /** Section 5.5: there is no place for an error in a body. */
    @Test
    void bodyThatIsOverwrittenMeanwhileIsReset() throws IOException {
        Path file = config.put(ConfigFile.LATEST, new byte[8_000_000]);
        try (V2Client client = new V2Client(server.address(), "127.0.0.1", 4096).enter(ConfigFile.TOKEN)) {
            String sha256 = client.request(V2Client.header("default")).get("sha256");
            client.request(V2Client.packageRequest("default", sha256, 0));
            try (RandomAccessFile writer = new RandomAccessFile(file.toFile(), "rw")) {
                writer.write('x');
            }

            client.awaitReset();
        }
    }

    @Test
    void packageThatIsMissingLeavesTheSessionOpen() throws IOException {
        Files.delete(config.packages().resolve(ConfigFile.LATEST));
        try (V2Client client = server.enterV2()) {
            assertThat(client.request(V2Client.header("default")).get("reason")).isEqualTo("Package is not available.");
            config.put(ConfigFile.LATEST, PACKAGE);

            assertIdentity(client.request(V2Client.header("default")), PACKAGE);
        }
    }

    @Test
    void headerIsBusyWhileTheDigestRunsAndServedLater() throws IOException {
        Path file = config.packages().resolve("big");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(700_000_000L);
        }
        config.write(config.text().replace(ConfigFile.LATEST, "big"));
        try (V2Client client = server.enterV2()) {
            V2Message first = client.request(V2Client.header("default"));

            assertThat(first.kind()).isEqualTo("busy");
            assertThat(first.number("retry_after")).isBetween(1L, 60L);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThat(
                                    client.request(V2Client.header("default")).kind())
                            .isEqualTo("header"));
        }
    }

    @Test
    void alteredMessageEndsTheSession() throws IOException {
        try (V2Client client = server.enterV2()) {
            client.send(client.seal(V2Client.header("default")).replace("default", "gateway"));

            assertSealRejected(client);
        }
    }

    @Test
    void missingSealEndsTheSession() throws IOException {
        try (V2Client client = server.enterV2()) {
            client.send(V2Client.header("default"));

            assertSealRejected(client);
        }
    }

    @Test
    void missingSealBesideTheProofEndsTheSession() throws IOException {
        try (V2Client client = server.connectV2()) {
            client.sayHello();
            client.send(client.proof(ConfigFile.TOKEN) + V2Client.header("default"));
            client.receiveConnected();

            assertSealRejected(client);
        }
    }

    @Test
    void sealThatIsNotTheLastMemberEndsTheSession() throws IOException {
        try (V2Client client = server.enterV2()) {
            String sealed = client.seal(V2Client.header("default"));
            client.send(sealed.substring(0, sealed.length() - 1) + ",\"more\":1}");

            assertSealRejected(client);
        }
    }

    @Test
    void repeatedMessageEndsTheSession() throws IOException {
        try (V2Client client = server.enterV2()) {
            String sealed = client.seal(V2Client.header("default"));
            client.send(sealed);
            client.receiveSealed();

            client.send(sealed);

            assertSealRejected(client);
        }
    }

    @Test
    void reorderedMessagesEndTheSession() throws IOException {
        try (V2Client client = server.enterV2()) {
            client.send(client.seal(V2Client.header("gateway"), 1));

            assertSealRejected(client);
        }
    }

    @Test
    void messageOfAnotherSessionEndsTheSession() throws IOException {
        try (V2Client client = server.enterV2();
                V2Client other = server.enterV2()) {
            client.send(other.seal(V2Client.header("default")));

            assertSealRejected(client);
        }
    }

    /** What the server sealed does not come back as a client's word: the direction is sealed too. */
    @Test
    void serversOwnMessageEndsTheSession() throws IOException {
        try (V2Client client = server.enterV2()) {
            String answer = client.request(V2Client.header("default")).text();

            client.send(answer);

            assertSealRejected(client);
        }
    }

    @Test
    void secondHelloIsRefused() throws IOException {
        try (V2Client client = server.connectV2()) {
            client.sayHello();

            assertThat(client.sayHello().get("reason")).isEqualTo("Unexpected message.");
            client.awaitEof();
        }
    }

    @Test
    void proofWithoutAHelloIsRefused() throws IOException {
        try (V2Client client = server.connectV2()) {
            client.send(
                    "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"proof\":\"" + "A".repeat(43) + "\"}}");

            assertThat(client.receive().get("reason")).isEqualTo("Unexpected message.");
            client.awaitEof();
        }
    }

    /** Else there would be a session with v2's messages and without seals. */
    @Test
    void tokenInClearAfterAHelloIsRefused() throws IOException {
        try (V2Client client = server.connectV2()) {
            client.sayHello();
            client.send("{\"request\":\"handshake\",\"data\":{\"security\":\"" + ConfigFile.TOKEN + "\"}}");

            assertThat(client.receive().get("reason")).isEqualTo("Unexpected message.");
            client.awaitEof();
        }
    }

    @Test
    void v1UpdateGoesOnBesideV2() throws IOException {
        try (V2Client v2 = server.enterV2();
                V1Client v1 = server.connect()) {
            assertThat(v1.update(ConfigFile.TOKEN, "", OutputStream.nullOutputStream())
                            .received())
                    .isEqualTo(PACKAGE.length);
            assertThat(v2.fetch(0)).isEqualTo(PACKAGE);
        }
    }
}
