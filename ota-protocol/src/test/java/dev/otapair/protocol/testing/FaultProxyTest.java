package dev.otapair.protocol.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.testing.V1Client.Ending;
import dev.otapair.protocol.testing.V1Client.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
    private static final String TOKEN = "correct horse";
    private static final byte[] PAYLOAD = "0123456789".getBytes(StandardCharsets.US_ASCII);

    /** Bytes of the three responses that come before the payload. */
    private static final int RESPONSES = "{\"response\": \"connected\", \"data\": {}}".length()
            + "{\"response\": \"header\", \"data\": {\"latest\": \"fw\"}}".length()
            + ("{\"response\": \"package\", \"data\": {\"latest\": \"fw\", \"size\": \"10\", "
                            + "\"md5\": \"781e5e245d69b566979b86e28d23f2c7\"}}")
                    .length();

    private V1Server server;

    @BeforeEach
    void startServer() throws Exception {
        server = new V1Server(V1Offer.of(TOKEN, "fw", PAYLOAD));
    }

    @AfterEach
    void stopServer() throws Exception {
        server.close();
    }

    private FaultProxy proxy(FaultPlan toServer, FaultPlan toClient) throws Exception {
        return new FaultProxy(server.address(), toServer, toClient);
    }

    private static Outcome updateThrough(FaultProxy proxy, OutputStream out) throws Exception {
        try (V1Client client = new V1Client(proxy.address())) {
            return client.update(TOKEN, "", out);
        }
    }

    @Test
    void withoutAFaultTheUpdateSucceeds() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none())) {
            assertThat(updateThrough(proxy, OutputStream.nullOutputStream()))
                    .isEqualTo(new Outcome(Ending.UPDATED, "fw", 10));
        }
    }

    @Test
    void recordsBothDirections() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none())) {
            updateThrough(proxy, OutputStream.nullOutputStream());

            assertThat(new String(proxy.sentToServer(), StandardCharsets.US_ASCII))
                    .contains("\"correct horse\"");
            assertThat(new String(proxy.sentToClient(), StandardCharsets.US_ASCII))
                    .endsWith("}}0123456789");
        }
    }

    @Test
    void countsWhatItPassed() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none())) {
            updateThrough(proxy, OutputStream.nullOutputStream());

            assertThat(proxy.passedToClient()).isEqualTo(RESPONSES + 10);
            assertThat(proxy.connections()).isEqualTo(1);
        }
    }

    @Test
    void finAfterSomeBytesReachesTheClient() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none().finAfter(RESPONSES + 3))) {
            assertThat(updateThrough(proxy, OutputStream.nullOutputStream()))
                    .isEqualTo(new Outcome(Ending.SPINS_FOR_EVER, "fw", 3));
        }
    }

    @Test
    void finLeavesTheClientFreeToTalk() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none().finAfter(0));
                V1Client client = new V1Client(proxy.address())) {
            client.awaitEof();
            client.exit();
            client.exit();

            client.awaitEof();
        }
    }

    @Test
    void resetAfterSomeBytesReachesTheClient() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none().resetAfter(RESPONSES + 3))) {
            assertThat(updateThrough(proxy, OutputStream.nullOutputStream()).ending())
                    .isEqualTo(Ending.RESET);
        }
    }

    @Test
    void silenceKeepsTheConnectionOpen() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none().silentAfter(0));
                V1Client client = new V1Client(proxy.address())) {
            client.setTimeoutMillis(50);

            assertThatThrownBy(() -> client.request("header", Map.of())).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void flippedBitIsDamage() throws Exception {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none().flipBit(RESPONSES + 2, 3))) {
            assertThat(updateThrough(proxy, received).ending()).isEqualTo(Ending.DAMAGED);
        }
        assertThat(received.toString(StandardCharsets.US_ASCII)).isEqualTo("01:3456789");
    }

    @Test
    void byteByByteArrivesInOrder() throws Exception {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none().byteByByte());
                V1Client client = new V1Client(proxy.address())) {
            client.send("{\"request\": \"header\", \"data\": {}}");
            client.receive(received, 48);
        }
        assertThat(received.toString(StandardCharsets.US_ASCII))
                .isEqualTo("{\"response\": \"header\", \"data\": {\"latest\": \"fw\"}}");
    }

    @Test
    void delayHoldsEachPieceBack() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none().delayEach(Duration.ofMillis(60)), FaultPlan.none());
                V1Client client = new V1Client(proxy.address())) {
            long start = System.nanoTime();
            client.header();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(60));
        }
    }

    @Test
    void throttleKeepsTheRate() throws Exception {
        server.offer(V1Offer.of(TOKEN, "fw", new byte[2048]));
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none().throttle(8192))) {
            long start = System.nanoTime();
            updateThrough(proxy, OutputStream.nullOutputStream());

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        }
    }

    @Test
    void resetOfTheServerReachesTheClient() throws Exception {
        server.offer(V1Offer.of(TOKEN, "fw", PAYLOAD).withResetAfter(5));
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none())) {
            assertThat(updateThrough(proxy, OutputStream.nullOutputStream()).ending())
                    .isEqualTo(Ending.RESET);
        }
    }

    @Test
    void newPlanHoldsForTheNextConnection() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none().finAfter(RESPONSES + 3))) {
            updateThrough(proxy, OutputStream.nullOutputStream());
            proxy.plan(FaultPlan.none(), FaultPlan.none());

            assertThat(updateThrough(proxy, OutputStream.nullOutputStream()).ending())
                    .isEqualTo(Ending.UPDATED);
        }
    }

    @Test
    void plansForOneConnectionComeFirstAndOnce() throws Exception {
        try (FaultProxy proxy = proxy(FaultPlan.none(), FaultPlan.none())) {
            proxy.planOnce(FaultPlan.none(), FaultPlan.none().finAfter(RESPONSES + 3));

            assertThat(updateThrough(proxy, OutputStream.nullOutputStream()).ending())
                    .isNotEqualTo(Ending.UPDATED);
            assertThat(updateThrough(proxy, OutputStream.nullOutputStream()).ending())
                    .isEqualTo(Ending.UPDATED);
        }
    }
}
