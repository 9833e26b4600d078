package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.Certificates;
import dev.otapair.client.testing.Mitm;
import dev.otapair.client.testing.RealServer;
import dev.otapair.client.testing.ScriptedServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import dev.otapair.protocol.testing.V1Offer;
import dev.otapair.protocol.testing.V1Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions within TLS: whom the client takes for its server, and that it never does without. */
class TlsWireTest {
    private static final byte[] PAYLOAD = random(500_000);
    private static final String HERE = "san=ip:127.0.0.1,dns:localhost";

    @TempDir
    private static Path keys;

    private static Certificates certificates;

    @TempDir
    private Path folder;

    private RealServer server;
    private Board board;

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates = new Certificates(keys)
                .authority("ca")
                .authority("stranger")
                .signed("server", "ca", "-ext", HERE)
                .signed("second", "ca", "-ext", HERE)
                .signed("elsewhere", "ca", "-ext", "san=dns:elsewhere.example")
                .signed("expired", "ca", "-ext", HERE, "-startdate", "-10d", "-validity", "5")
                .signed("future", "ca", "-ext", HERE, "-startdate", "+5000d", "-validity", "100")
                .signed("foreign", "stranger", "-ext", HERE)
                .signed("board", "ca");
    }

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server")).offering("fw-2", PAYLOAD);
        board = new Board(Files.createDirectory(folder.resolve("board"))).with("legacy_server", "no");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"optional", "required"})
    void serverIsKnownByItsAuthority(String mode) throws Exception {
        start(mode, "server");

        withAuthority("ca").update();

        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
    }

    /** Name and dates do not count with a pin: a board whose clock stands at 1970 sees just such a certificate. */
    @ParameterizedTest
    @ValueSource(strings = {"server", "elsewhere", "expired", "future", "foreign"})
    void serverIsKnownByItsPinWhateverTheCertificateSays(String name) throws Exception {
        start("required", name);

        withPin(name).update();

        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
    }

    @Test
    void otherKeyThanThePinnedOneIsRefused() throws Exception {
        start("required", "second");

        OtaException failure = fail(withPin("server"));

        assertThat(failure.code()).isEqualTo(ErrorCode.TLS_FAILED);
        assertThat(failure.code().exitStatus()).isEqualTo(77);
        assertThat(failure).hasMessageContaining("tls_pin").hasMessageContaining(certificates.pin("second"));
    }

    @ParameterizedTest
    @CsvSource({"elsewhere, 127.0.0.1", "expired, a certificate has expired", "foreign, path"})
    void certificateThatIsNotGoodIsRefusedAndSaysWhy(String name, String why) throws Exception {
        start("required", name);

        OtaException failure = fail(withAuthority("ca"));

        assertThat(failure.code()).isEqualTo(ErrorCode.TLS_FAILED);
        assertThat(failure).hasMessageContaining(why);
        assertThat(board.kept()).isEmpty();
    }

    /** As seen by a board whose clock is behind: the certificate's first day is yet to come. */
    @Test
    void certificateOfTheFutureIsTakenFromTheAuthority() throws Exception {
        start("required", "future");

        withAuthority("ca").update();

        assertThat(board.installed()).isEqualTo("fw-2");
    }

    @Test
    void nameOfTheServerIsTheOneThatIsConfigured() throws Exception {
        start("required", "server");

        withAuthority("ca").with("server", "localhost").update();

        assertThat(board.installed()).isEqualTo("fw-2");
    }

    /** Never falls back, and does not wait for ever. */
    @Test
    void plainServerIsRefusedByABoardThatWantsTls() throws Exception {
        server.start();
        board.asking(server.address());
        long start = System.nanoTime();

        OtaException failure = fail(withPin("server"));

        assertThat(failure.code().exitStatus()).isIn(75, 77);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(12));
    }

    @Test
    void v1ServerIsRefusedByABoardThatWantsTls() throws Exception {
        try (V1Server old = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.asking(old.address()).with("legacy_server", "yes");

            OtaException failure = fail(withPin("server"));

            assertThat(failure.code().exitStatus()).isIn(75, 77);
            assertThat(old.requests()).noneMatch(request -> request.contains(Board.TOKEN));
        }
    }

    /** T6, before anything is said: the handshake has its time. */
    @Test
    void serverThatIsSilentWithinTheTlsHandshakeIsGivenUp() throws Exception {
        try (ScriptedServer silent = new ScriptedServer()) {
            board.asking(silent.address()).with("connect_timeout", "1");

            OtaException failure = fail(withPin("server"));

            assertThat(failure.code().exitStatus()).isEqualTo(75);
        }
    }

    @Test
    void plainBoardIsRefusedWhereTlsIsRequired() throws Exception {
        start("required", "server");

        OtaException failure = fail(board);

        assertThat(failure.code().exitStatus()).isIn(75, 76);
        assertThat(board.kept()).isEmpty();
    }

    @Test
    void plainBoardIsServedWhereTlsIsOptional() throws Exception {
        start("optional", "server");

        board.update();

        assertThat(board.installed()).isEqualTo("fw-2");
    }

    @Test
    void boardWithACertificateIsServedWhereOneIsAsked() throws Exception {
        server.with("tls_client_ca", certificates.certificate("ca").toString());
        start("required", "server");

        withAuthority("ca")
                .with("tls_client_cert", certificates.certificate("board").toString())
                .with("tls_client_key", certificates.key("board").toString())
                .update();

        assertThat(board.installed()).isEqualTo("fw-2");
    }

    @Test
    void boardWithoutACertificateIsRefusedWhereOneIsAsked() throws Exception {
        server.with("tls_client_ca", certificates.certificate("ca").toString());
        start("required", "server");

        OtaException failure = fail(withAuthority("ca"));

        assertThat(failure.code()).isEqualTo(ErrorCode.TLS_FAILED);
        assertThat(board.kept()).isEmpty();
    }

    @Test
    void boardWithACertificateOfAnotherAuthorityIsRefused() throws Exception {
        server.with("tls_client_ca", certificates.certificate("ca").toString());
        start("required", "server");

        OtaException failure = fail(withAuthority("ca")
                .with("tls_client_cert", certificates.certificate("foreign").toString())
                .with("tls_client_key", certificates.key("foreign").toString()));

        assertThat(failure.code().exitStatus()).isIn(75, 77);
        assertThat(board.kept()).isEmpty();
    }

    /** T14: a relay with a certificate of the same authority for the same name; the proofs are bound to the other one. */
    @Test
    void relayWithAnotherGoodCertificateFailsAtTheProofs() throws Exception {
        start("required", "server");
        SSLContext relay = certificates.relay("second");
        try (Mitm mitm = new Mitm(
                server.address(), Mitm.Mode.LISTEN, relay.getServerSocketFactory(), relay.getSocketFactory())) {
            OtaException failure = fail(withAuthority("ca").asking(mitm.address()));

            assertThat(failure.code()).isEqualTo(ErrorCode.SECRET_REJECTED);
            assertThat(new String(mitm.heardOfClients(), StandardCharsets.UTF_8))
                    .contains("\"proof\"")
                    .doesNotContain(Board.TOKEN);
            assertThat(board.kept()).isEmpty();
        }
    }

    /** T14: the fixture itself; with the server's own key he would get through. */
    @Test
    void relayWithTheServersKeyIsTheServer() throws Exception {
        start("required", "server");
        SSLContext relay = certificates.relay("server");
        try (Mitm mitm = new Mitm(
                server.address(), Mitm.Mode.LISTEN, relay.getServerSocketFactory(), relay.getSocketFactory())) {
            withAuthority("ca").asking(mitm.address()).update();

            assertThat(board.installed()).isEqualTo("fw-2");
        }
    }

    /** A cut within TLS is a cut, not a refusal: the run goes on. */
    @ParameterizedTest
    @ValueSource(strings = {"FIN", "RST"})
    void connectionThatIsCutWithinTlsIsMadeGood(String how) throws Exception {
        start("required", "server");
        try (FaultProxy line = new FaultProxy(
                server.address(),
                FaultPlan.none(),
                how.equals("FIN")
                        ? FaultPlan.none().finAfter(300_000)
                        : FaultPlan.none().resetAfter(300_000))) {
            withPin("server").asking(line.address()).update();

            assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
        }
    }

    @Test
    void recordsMayComeByteByByte() throws Exception {
        server.offering("fw-3", new byte[5_000]);
        start("required", "server");
        try (FaultProxy line = new FaultProxy(
                server.address(),
                FaultPlan.none().byteByByte(),
                FaultPlan.none().byteByByte())) {
            withPin("server").asking(line.address()).update();

            assertThat(board.packages().resolve("fw-3")).hasBinaryContent(new byte[5_000]);
        }
    }

    @ParameterizedTest
    @CsvSource({"FIN, CONNECTION_LOST, ended within", "SILENCE, TIMED_OUT, does not answer"})
    void handshakeThatIsNotFinishedIsWorthAnotherTry(String how, ErrorCode code, String message) throws Exception {
        start("required", "server");
        FaultPlan answers = how.equals("FIN")
                ? FaultPlan.none().finAfter(200)
                : FaultPlan.none().silentAfter(200);
        try (FaultProxy line = new FaultProxy(server.address(), FaultPlan.none(), answers)) {
            board.with("retries", "0").with("connect_timeout", "2s");

            OtaException failure = fail(withPin("server").asking(line.address()));

            assertThat(failure.code()).isEqualTo(code);
            assertThat(failure).hasMessageContaining(message);
            assertThat(failure.code().isRetryable()).isTrue();
        }
    }

    private void start(String mode, String certificate) throws Exception {
        InetSocketAddress address = server.with("tls", mode)
                .with("tls_cert", certificates.certificate(certificate).toString())
                .with("tls_key", certificates.key(certificate).toString())
                .start()
                .address();
        board.asking(address);
    }

    private Board withAuthority(String name) throws Exception {
        return board.with("tls", "yes")
                .with("tls_ca", certificates.certificate(name).toString());
    }

    private Board withPin(String name) throws Exception {
        return board.with("tls", "yes").with("tls_pin", certificates.pin(name));
    }

    private static OtaException fail(Board board) {
        OtaException failure = catchThrowableOfType(OtaException.class, board::update);
        assertThat(failure).isNotNull();
        return failure;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
