package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V2Client;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that want all the server has. */
class FloodWireTest {
    private static final int PEERS = 1_000;
    private static final byte[] DRIP =
            "{\"request\": \"handshake\", \"data\": {\"sec".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private final List<SocketChannel> peers = new ArrayList<>();
    private ConfigFile config;
    private RunningServer server;

    @BeforeEach
    void write() {
        config = new ConfigFile(folder).with("max_connections", "3000");
        config.put(ConfigFile.LATEST, new byte[1_000_000]);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        for (SocketChannel peer : peers) {
            peer.close();
        }
    }

    private void start() {
        server = new RunningServer(config);
    }

    private void connect(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            SocketChannel peer = SocketChannel.open();
            peer.bind(new InetSocketAddress(InetAddress.getByName("127.2.0." + (1 + i % 100)), 0));
            peer.connect(server.address());
            peer.configureBlocking(false);
            peers.add(peer);
        }
    }

    private Duration timeOfAnUpdate() throws IOException {
        long start = System.nanoTime();
        try (V2Client client = server.enterV2()) {
            assertThat(client.fetch(0)).hasSize(1_000_000);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private Duration bestOfFive() throws IOException {
        Duration best = timeOfAnUpdate();
        for (int i = 0; i < 4; i++) {
            Duration next = timeOfAnUpdate();
            best = next.compareTo(best) < 0 ? next : best;
        }
        return best;
    }

    /** Returns how many of the peers the server has not ended; each of the others sends one more byte. */
    private long dripAndCount(int position) {
        ByteBuffer answer = ByteBuffer.allocate(1024);
        return peers.stream()
                .filter(peer -> isOpenAfter(peer, position, answer))
                .count();
    }

    private static boolean isOpenAfter(SocketChannel peer, int position, ByteBuffer answer) {
        try {
            if (position >= 0) {
                peer.write(ByteBuffer.wrap(DRIP, position % DRIP.length, 1));
            }
            return peer.read(answer.clear()) >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    private void assertServesAndCuts(boolean drips) throws IOException {
        timeOfAnUpdate();
        Duration normal = bestOfFive();
        connect(PEERS);
        int[] position = {drips ? 0 : -1};
        dripAndCount(position[0]);

        Duration meanwhile = bestOfFive();

        assertThat(meanwhile).isLessThan(normal.multipliedBy(2).plusMillis(50));
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(300))
                .until(() -> dripAndCount(drips ? position[0]++ : -1) == 0);
        assertThat(timeOfAnUpdate()).isLessThan(Duration.ofSeconds(2));
    }

    /** T15. */
    @Test
    void drippingPeersKeepNobodyWaitingAndAreCut() throws IOException {
        config.with("handshake_timeout", "3").with("message_timeout", "2");
        start();

        assertServesAndCuts(true);
    }

    /** T17. */
    @Test
    void silentPeersKeepNobodyWaitingAndAreCut() throws IOException {
        config.with("handshake_timeout", "3");
        start();

        assertServesAndCuts(false);
    }

    /** T17. */
    @Test
    void addressHasSoManyConnectionsAndNoMore() throws IOException {
        config.with("max_per_address", "2");
        start();
        try (V2Client first = server.connectV2("127.0.0.2").enter(ConfigFile.TOKEN);
                V2Client second = server.connectV2("127.0.0.2");
                V2Client third = server.connectV2("127.0.0.2");
                V2Client other = server.enterV2()) {
            second.sayHello();
            assertThatThrownBy(third::sayHello).isInstanceOfAny(IOException.class, AssertionError.class);
            assertThat(other.fetch(0)).hasSize(1_000_000);
            first.send(first.seal(V2Client.exitRequest()));
            first.awaitEof();
        }

        Awaitility.await().until(() -> {
            try (V2Client again = server.connectV2("127.0.0.2").enter(ConfigFile.TOKEN)) {
                return again.fetch(0).length == 1_000_000;
            }
        });
    }

    /** T17. */
    @Test
    void connectionAboveTheLimitWaitsUntilOneEnds() throws IOException {
        config.with("max_connections", "2");
        start();
        try (V2Client first = server.enterV2();
                V2Client second = server.enterV2();
                V1Client third = server.connect()) {
            third.send("{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}");
            third.setTimeoutMillis(300);
            assertThatThrownBy(third::recvMessage).isInstanceOf(SocketTimeoutException.class);
            third.setTimeoutMillis(20_000);

            first.send(first.seal(V2Client.exitRequest()));
            first.awaitEof();

            assertThat(third.recvMessage().kind()).isEqualTo("connected");
            assertThat(second.fetch(0)).hasSize(1_000_000);
        }
    }

    /** T17. */
    @Test
    void higherLimitLetsThoseInWhoWait() throws IOException {
        config.with("max_connections", "1");
        start();
        try (V2Client first = server.enterV2();
                V1Client second = server.connect()) {
            second.send("{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}");
            config.with("max_connections", "2");

            server.server().reload();

            assertThat(second.recvMessage().kind()).isEqualTo("connected");
            assertThat(first.fetch(0)).hasSize(1_000_000);
        }
    }

    /** T16. */
    @Test
    void v2ReaderThatStallsIsResetAndItsSocketGivenBack() throws IOException {
        config.put(ConfigFile.LATEST, new byte[8_000_000]);
        config.with("stall_timeout", "2");
        start();
        try (V2Client first = server.enterV2()) {
            first.fetch(7_999_999);
        }
        long before = settledDescriptors();
        try (V2Client client = new V2Client(server.address(), "127.0.0.1", 4096).enter(ConfigFile.TOKEN)) {
            String sha256 = client.request(V2Client.header("default")).get("sha256");
            client.request(V2Client.packageRequest("default", sha256, 0));

            Awaitility.await().atMost(Duration.ofSeconds(6)).until(() -> Descriptors.count() <= before + 1);

            client.awaitReset();
        }
    }

    /** Returns how many files are open once nothing that has ended is being closed any more. */
    private static long settledDescriptors() {
        AtomicLong last = new AtomicLong(-1);
        Awaitility.await().during(Duration.ofMillis(500)).until(() -> {
            long now = Descriptors.count();
            return last.getAndSet(now) == now;
        });
        return last.get();
    }
}
