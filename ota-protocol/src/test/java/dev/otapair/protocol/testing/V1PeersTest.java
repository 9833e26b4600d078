package dev.otapair.protocol.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.testing.V1Client.Ending;
import dev.otapair.protocol.testing.V1Client.Outcome;
import dev.otapair.protocol.testing.V1Client.PackageInfo;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The test peers against each other: what they agree on is what is deployed. */
class V1PeersTest {
    private static final String TOKEN = "correct horse";
    private static final byte[] GZIP = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    private static final V1Offer OFFER = V1Offer.of(TOKEN, "fw-1.4.0.tar.gz", GZIP);

    @Test
    void clientUpdatesFromServer() throws Exception {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (V1Server server = new V1Server(OFFER);
                V1Client client = new V1Client(server.address())) {
            Outcome outcome = client.update(TOKEN, "fw-1.3.0.tar.gz", received);

            assertThat(outcome).isEqualTo(new Outcome(Ending.UPDATED, "fw-1.4.0.tar.gz", 10));
            assertThat(received.toByteArray()).isEqualTo(GZIP);
        }
    }

    @Test
    void serverRecordsRequestsAsTheyCame() throws Exception {
        try (V1Server server = new V1Server(OFFER);
                V1Client client = new V1Client(server.address())) {
            client.update(TOKEN, "fw-1.4.0.tar.gz", OutputStream.nullOutputStream());

            assertThat(server.awaitRequests(3))
                    .containsExactly(
                            "{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}",
                            "{\"request\": \"header\", \"data\": {}}",
                            "{\"request\": \"exit\", \"data\": {}}");
        }
    }

    @Test
    void sameNameIsUpToDate() throws Exception {
        try (V1Server server = new V1Server(OFFER);
                V1Client client = new V1Client(server.address())) {
            Outcome outcome = client.update(TOKEN, "fw-1.4.0.tar.gz", OutputStream.nullOutputStream());

            assertThat(outcome.ending()).isEqualTo(Ending.UP_TO_DATE);
        }
    }

    @Test
    void wrongTokenGetsTheExactError() throws Exception {
        try (V1Server server = new V1Server(OFFER);
                V1Client client = new V1Client(server.address())) {
            V1Message answer = client.handshake("wrong");

            assertThat(answer.text())
                    .isEqualTo("{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}");
        }
    }

    @Test
    void serverAnswersHeaderAfterFailedHandshake() throws Exception {
        try (V1Server server = new V1Server(OFFER);
                V1Client client = new V1Client(server.address())) {
            client.handshake("wrong");

            assertThat(client.header()).isEqualTo("fw-1.4.0.tar.gz");
        }
    }

    @Test
    void serverIgnoresUnknownVerbs() throws Exception {
        try (V1Server server = new V1Server(OFFER);
                V1Client client = new V1Client(server.address())) {
            client.send("{\"request\": \"hello\", \"data\": {}}");
            server.awaitRequests(1);

            assertThat(client.header()).isEqualTo("fw-1.4.0.tar.gz");
        }
    }

    @Test
    void serverClosesOnTwoMessagesInOneRecv() throws Exception {
        try (V1Server server = new V1Server(OFFER);
                V1Client client = new V1Client(server.address())) {
            client.send("{\"request\": \"header\", \"data\": {}}{\"request\": \"header\", \"data\": {}}");

            client.awaitEof();
        }
    }

    @Test
    void serverClosesOnExit() throws Exception {
        try (V1Server server = new V1Server(OFFER);
                V1Client client = new V1Client(server.address())) {
            client.exit();

            client.awaitEof();
        }
    }

    @Test
    void openConnectionKeepsItsOffer() throws Exception {
        try (V1Server server = new V1Server(OFFER);
                V1Client early = new V1Client(server.address())) {
            early.header();
            server.offer(OFFER.withLatest(""));

            try (V1Client late = new V1Client(server.address())) {
                assertThat(late.header()).isEmpty();
                assertThat(early.header()).isEqualTo("fw-1.4.0.tar.gz");
            }
        }
    }

    @Test
    void payloadJoinedToTheMessageBreaksTheClient() throws Exception {
        try (V1Server server = new V1Server(OFFER.withPayloadJoined());
                V1Client client = new V1Client(server.address())) {
            assertThatThrownBy(client::packageInfo)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("not one JSON object");
        }
    }

    @Test
    void messageInPiecesBreaksTheClient() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                V1Client client = new V1Client((InetSocketAddress) listener.getLocalSocketAddress());
                Socket accepted = listener.accept()) {
            accepted.getOutputStream().write("{\"response\": ".getBytes(StandardCharsets.US_ASCII));

            assertThatThrownBy(client::recvMessage)
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("13 bytes");
        }
    }

    @Test
    void announcedTextIsWhatTheOfferSays() throws Exception {
        try (V1Server server = new V1Server(OFFER.withSize("7").withMd5("00000000000000000000000000000000"));
                V1Client client = new V1Client(server.address())) {
            assertThat(client.packageInfo())
                    .isEqualTo(new PackageInfo("fw-1.4.0.tar.gz", 7, "00000000000000000000000000000000"));
        }
    }

    @Test
    void wrongMd5IsDamage() throws Exception {
        try (V1Server server = new V1Server(OFFER.withMd5("00000000000000000000000000000000"));
                V1Client client = new V1Client(server.address())) {
            assertThat(client.update(TOKEN, "", OutputStream.nullOutputStream()).ending())
                    .isEqualTo(Ending.DAMAGED);
        }
    }

    @Test
    void finInMidPackageMakesTheClientSpin() throws Exception {
        try (V1Server server = new V1Server(OFFER.withFinAfter(4));
                V1Client client = new V1Client(server.address())) {
            assertThat(client.update(TOKEN, "", OutputStream.nullOutputStream()))
                    .isEqualTo(new Outcome(Ending.SPINS_FOR_EVER, "fw-1.4.0.tar.gz", 4));
        }
    }

    @Test
    void resetInMidPackageFreesTheClient() throws Exception {
        try (V1Server server = new V1Server(OFFER.withResetAfter(4));
                V1Client client = new V1Client(server.address())) {
            assertThat(client.update(TOKEN, "", OutputStream.nullOutputStream()).ending())
                    .isEqualTo(Ending.RESET);
        }
    }

    @Test
    void silenceInMidPackageKeepsTheConnectionOpen() throws Exception {
        try (V1Server server = new V1Server(OFFER.withSilenceAfter(4));
                V1Client client = new V1Client(server.address())) {
            client.packageInfo();
            client.receive(OutputStream.nullOutputStream(), 4);
            client.setTimeoutMillis(50);

            assertThatThrownBy(client::recv).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void smallReceiveBufferStillTakesAllOfAFile(@TempDir Path folder) throws Exception {
        Path sparse = folder.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(3_000_000);
        }
        try (V1Server server = new V1Server(V1Offer.of(TOKEN, "sparse", sparse));
                V1Client client = new V1Client(server.address(), 4096)) {
            assertThat(client.update(TOKEN, "", OutputStream.nullOutputStream()))
                    .isEqualTo(new Outcome(Ending.UPDATED, "sparse", 3_000_000));
        }
    }

    @Test
    void clientSeesResetOfTheServer() throws Exception {
        try (V1Server server = new V1Server(OFFER.withResetAfter(0));
                V1Client client = new V1Client(server.address())) {
            client.packageInfo();

            client.awaitReset();
        }
    }

    @Test
    void namesAreWrittenAsPythonWritesThem() throws Exception {
        try (V1Server server = new V1Server(OFFER.withLatest("固件 \"1\"\\"));
                V1Client client = new V1Client(server.address())) {
            V1Message answer = client.request("header", Map.of());

            assertThat(answer.text())
                    .isEqualTo("{\"response\": \"header\", \"data\": {\"latest\": \"\\u56fa\\u4ef6 \\\"1\\\"\\\\\"}}");
        }
    }
}
