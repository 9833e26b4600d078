package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.protocol.testing.V2Message;
import dev.otapair.server.config.SelfSignedCertificate;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS on the port of the plain sessions. */
class TlsWireTest {
    private static final SelfSignedCertificate SERVER = SelfSignedCertificate.make("localhost");
    private static final SelfSignedCertificate OTHER = SelfSignedCertificate.make("localhost");

    /** A ClientHello that knows TLS 1.1 at most. */
    private static final String TLS_1_1 =
            "160301002f" + "0100002b" + "0302" + "00".repeat(32) + "00" + "0004c013002f" + "0100";

    @TempDir
    private Path folder;

    private ConfigFile config;
    private CapturedLog log;
    private RunningServer server;

    @BeforeEach
    void write() throws IOException {
        log = new CapturedLog();
        config = new ConfigFile(folder);
        config.put(ConfigFile.LATEST, new byte[100_000]);
        write(SERVER);
    }

    @AfterEach
    void stop() {
        server.close();
        log.close();
    }

    private void write(SelfSignedCertificate made) throws IOException {
        Files.write(folder.resolve("key.pem"), made.keyPem());
        Files.write(folder.resolve("cert.pem"), made.certificatePem());
    }

    private void start(String mode) {
        server = new RunningServer(
                config.with("tls_cert", "cert.pem").with("tls_key", "key.pem").with("tls", mode));
    }

    private SSLSocket tls(String... protocols) throws IOException {
        return TlsPeer.connect(server.address(), Optional.empty(), protocols);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void sessionRunsUnderTlsBoundToTheCertificate(String protocol) throws IOException {
        start("required");

        try (SSLSocket socket = tls(protocol);
                V2Client client = new V2Client(socket).enter(ConfigFile.TOKEN)) {
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
            assertThat(client.fetch(99_000)).hasSize(1_000);
            client.send(client.seal(V2Client.exitRequest()));
            client.awaitEof();
        }
    }

    @Test
    void wholeCheckTakesTwoWritesUnderTlsToo() throws IOException {
        start("required");
        try (V2Client client = new V2Client(tls())) {
            client.sayHello();
            client.send(client.proof(ConfigFile.TOKEN) + client.seal(V2Client.header("default")));
            client.receiveConnected();

            assertThat(client.receiveSealed().get("latest")).isEqualTo(ConfigFile.LATEST);
        }
    }

    @Test
    void optionalTakesTlsAndPlainOfEitherVersion() throws IOException {
        start("optional");

        try (V2Client secured = new V2Client(tls());
                V2Client plain = server.enterV2();
                V1Client v1 = server.connect()) {
            assertThat(secured.enter(ConfigFile.TOKEN).fetch(0)).hasSize(100_000);
            assertThat(plain.fetch(0)).hasSize(100_000);
            assertThat(v1.update(ConfigFile.TOKEN, "", OutputStream.nullOutputStream())
                            .received())
                    .isEqualTo(100_000);
        }
    }

    /** T14: a relay with a certificate of its own has another channel binding. */
    @Test
    void proofOfAPlainTranscriptIsWrongUnderTls() throws IOException {
        start("optional");
        try (SSLSocket socket = tls();
                V2Client client = new V2Client(new Unbound(socket))) {
            client.sayHello();
            client.send(client.proof(ConfigFile.TOKEN));

            assertThat(client.receive().get("reason")).isEqualTo("Security code check failed.");
        }
    }

    /** T1: what the client said in clear is not repeated in the log, in no form. */
    @Test
    void plainClientIsRefusedWhereTlsIsRequiredAndItsTokenNotLogged() throws IOException {
        start("required");
        try (V1Client client = server.connect()) {
            client.send("{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}");
            assertThatThrownBy(() -> {
                        byte[] answer = client.recv();
                        assertThat(answer.length == 0 || answer[0] == 0x15).isTrue();
                        throw new SSLException("no session");
                    })
                    .isInstanceOf(IOException.class);
        }
        org.awaitility.Awaitility.await()
                .until(() -> log.lines().stream().anyMatch(line -> line.contains("closed after")));
        byte[] token = ConfigFile.TOKEN.getBytes(StandardCharsets.US_ASCII);

        assertThat(String.join("\n", log.lines()).toLowerCase(java.util.Locale.ROOT))
                .doesNotContain(ConfigFile.TOKEN)
                .doesNotContain(HexFormat.of().formatHex(token))
                .doesNotContain(Base64.getEncoder()
                        .withoutPadding()
                        .encodeToString(token)
                        .toLowerCase(java.util.Locale.ROOT));
    }

    @Test
    void tlsClientOnAPlainServerIsMalformed() throws IOException {
        start("off");

        assertThatThrownBy(this::tls).isInstanceOf(SSLException.class);
        assertThat(server.enterV2().fetch(0)).hasSize(100_000);
    }

    @Test
    void tls11IsRefused() throws IOException {
        start("optional");
        try (Socket socket =
                new Socket(server.address().getAddress(), server.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(HexFormat.of().parseHex(TLS_1_1));

            byte[] alert = socket.getInputStream().readNBytes(7);

            assertThat(alert).hasSize(7);
            assertThat(alert[0]).isEqualTo((byte) 0x15);
            assertThat(alert[6]).as("protocol_version").isEqualTo((byte) 70);
        }
    }

    @Test
    void boardWithACertificateOfTheAuthorityEnters() throws IOException {
        Files.write(folder.resolve("ca.pem"), OTHER.certificatePem());
        config.with("tls_client_ca", "ca.pem");
        start("required");

        try (V2Client client = new V2Client(TlsPeer.connect(server.address(), Optional.of(OTHER)))) {
            assertThat(client.enter(ConfigFile.TOKEN).fetch(0)).hasSize(100_000);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void boardWithoutACertificateOfTheAuthorityDoesNot(boolean hasAnother) throws IOException {
        Files.write(folder.resolve("ca.pem"), OTHER.certificatePem());
        config.with("tls_client_ca", "ca.pem");
        start("required");

        assertThatThrownBy(() -> {
                    Optional<SelfSignedCertificate> own = hasAnother ? Optional.of(SERVER) : Optional.empty();
                    try (V2Client client = new V2Client(TlsPeer.connect(server.address(), own))) {
                        client.sayHello();
                    }
                })
                .isInstanceOfAny(IOException.class, AssertionError.class);
    }

    /** T15, before TLS too. */
    @ParameterizedTest
    @ValueSource(strings = {"optional", "required"})
    void dripDuringTheTlsHandshakeIsCut(String mode) throws IOException {
        config.with("handshake_timeout", "1");
        start(mode);
        byte[] hello = HexFormat.of().parseHex(TLS_1_1);
        long start = System.nanoTime();
        try (Socket socket =
                new Socket(server.address().getAddress(), server.address().getPort())) {
            socket.setSoTimeout(100);
            int sent = 0;
            while (!isEnded(socket)) {
                socket.getOutputStream().write(hello[Math.min(sent++, hello.length - 2)]);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
            }
        } catch (java.net.SocketException e) {
            assertThat(e).hasMessageMatching("(?s).*(reset|Broken pipe).*");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(900));
    }

    private static boolean isEnded(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        }
    }

    @Test
    void silenceAfterTheTlsHandshakeIsTold() throws IOException {
        config.with("handshake_timeout", "1");
        start("required");
        try (V2Client client = new V2Client(tls())) {
            assertThat(client.receive().get("reason")).isEqualTo("Timed out.");
            client.awaitEof();
        }
    }

    @Test
    void largePackageArrivesWholeUnderTls() throws Exception {
        byte[] large = new byte[64 * 1024 * 1024 + 17];
        new java.util.Random(7).nextBytes(large);
        config.put(ConfigFile.LATEST, large);
        start("required");
        try (V2Client client = new V2Client(tls()).enter(ConfigFile.TOKEN)) {
            V2Message offer = client.request(V2Client.header("default"));
            for (int i = 0; i < 50 && offer.kind().equals("busy"); i++) {
                offer = client.request(V2Client.header("default"));
            }
            V2Message announced = client.request(V2Client.packageRequest("default", offer.get("sha256"), 0));
            MessageDigest digest = MessageDigest.getInstance("SHA-256");

            client.receive(new DigestOutputStream(OutputStream.nullOutputStream(), digest), announced.number("length"));

            assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(offer.get("sha256"));
        }
    }

    @Test
    void renewedCertificateIsTakenOver() throws IOException {
        start("required");
        try (SSLSocket before = tls()) {
            assertThat(before.getSession().getPeerCertificates()[0]).isEqualTo(TlsPeer.certificate(SERVER));
            write(OTHER);

            try (SSLSocket after = tls();
                    V2Client client = new V2Client(after)) {
                assertThat(after.getSession().getPeerCertificates()[0]).isEqualTo(TlsPeer.certificate(OTHER));
                assertThat(client.enter(ConfigFile.TOKEN).fetch(0)).hasSize(100_000);
            }
            assertThat(new V2Client(before).enter(ConfigFile.TOKEN).fetch(0)).hasSize(100_000);
        }
    }

    /** As it is for a moment while both files are renewed. */
    @Test
    void certificateOfAnotherKeyIsNotTakenOver() throws IOException {
        start("required");
        Files.write(folder.resolve("cert.pem"), OTHER.certificatePem());

        try (SSLSocket socket = tls()) {
            assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(TlsPeer.certificate(SERVER));
        }
        assertThat(log.lines()).anyMatch(line -> line.contains("tls_key does not belong to tls_cert"));
    }

    @Test
    void brokenCertificateIsNotTakenOver() throws IOException {
        start("required");
        Files.writeString(folder.resolve("cert.pem"), "no certificate");

        try (V2Client client = new V2Client(tls())) {
            assertThat(client.enter(ConfigFile.TOKEN).fetch(0)).hasSize(100_000);
        }
        assertThat(log.lines()).anyMatch(line -> line.contains("the edit is not in force"));
    }

    /** Hides that it is TLS, so that the client takes no certificate into its transcript. */
    private static final class Unbound extends Socket {
        private final SSLSocket inner;

        Unbound(SSLSocket inner) {
            this.inner = inner;
        }

        @Override
        public java.io.InputStream getInputStream() throws IOException {
            return inner.getInputStream();
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            return inner.getOutputStream();
        }

        @Override
        public void setSoTimeout(int millis) throws java.net.SocketException {
            inner.setSoTimeout(millis);
        }

        @Override
        public void setTcpNoDelay(boolean on) throws java.net.SocketException {
            inner.setTcpNoDelay(on);
        }
    }
}
