package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V1Client.PackageInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ShutdownWireTest {
    private static final int SIZE = 8_000_000;

    @TempDir
    private Path folder;

    private ConfigFile config;

    @BeforeEach
    void write() {
        config = new ConfigFile(folder);
        config.put(ConfigFile.LATEST, new byte[SIZE]);
    }

    @AfterEach
    void nothingIsLeftOpen() {
        assertThat(Descriptors.countIn(config.packages())).isZero();
    }

    /** Closes on another thread; returns once the server does not listen any more. */
    private static CompletableFuture<Void> startToClose(RunningServer server) {
        InetSocketAddress address = server.address();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
        Awaitility.await().until(() -> isRefused(address));
        return closed;
    }

    private static boolean isRefused(InetSocketAddress address) throws IOException {
        try (V1Client client = new V1Client(address)) {
            return client.address().equals(address);
        } catch (ConnectException e) {
            return true;
        }
    }

    @Test
    void transferThatRunsMayEnd() throws Exception {
        RunningServer server = new RunningServer(config);
        try (V1Client client = server.connectSlow()) {
            client.handshake(ConfigFile.TOKEN);
            PackageInfo info = client.packageInfo();
            client.recv();
            CompletableFuture<Void> closed = startToClose(server);
            ByteArrayOutputStream rest = new ByteArrayOutputStream();

            long received = client.receive(rest, info.size() - V1Client.RECV_BYTES);

            assertThat(received).isEqualTo(info.size() - V1Client.RECV_BYTES);
            client.awaitEof();
            closed.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void transferThatDoesNotEndInTimeIsReset() throws Exception {
        RunningServer server = new RunningServer(config.with("shutdown_timeout", "1"));
        try (V1Client client = server.connectSlow()) {
            client.handshake(ConfigFile.TOKEN);
            client.packageInfo();
            client.recv();

            startToClose(server).get(5, TimeUnit.SECONDS);

            client.awaitReset();
        }
    }

    @Test
    void nothingIsServedAfterTheTransferThatRan() throws Exception {
        RunningServer server = new RunningServer(config);
        try (V1Client client = server.connectSlow()) {
            client.handshake(ConfigFile.TOKEN);
            PackageInfo info = client.packageInfo();
            client.send("{\"request\": \"header\", \"data\": {}}");
            CompletableFuture<Void> closed = startToClose(server);

            assertThat(client.receive(new ByteArrayOutputStream(), info.size())).isEqualTo(info.size());

            client.awaitEof();
            closed.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    @Timeout(10)
    void idleSessionEndsAtOnce() throws Exception {
        RunningServer server = new RunningServer(config);
        try (V1Client client = server.enter()) {
            server.close();

            client.awaitEof();
        }
    }

    @Test
    @Timeout(10)
    void connectionWithoutAHandshakeEndsAtOnce() throws Exception {
        RunningServer server = new RunningServer(config);
        try (V1Client client = server.connect();
                V1Client witness = server.enter()) {
            witness.header();

            server.close();

            client.awaitEof();
        }
    }

    @Test
    @Timeout(10)
    void sessionThatWaitsIsToldThatTheServerIsBusy() throws Exception {
        RunningServer server = new RunningServer(config.with("max_clients", "1"));
        try (V1Client first = server.enter();
                V1Client waiting = server.connect()) {
            sendHandshake(waiting);
            CompletableFuture<Void> closed = startToClose(server);

            assertThat(waiting.recvMessage().get("reason")).isEqualTo("Server is busy, try again later.");
            waiting.exit();
            first.awaitEof();
            closed.get(5, TimeUnit.SECONDS);
        }
    }

    /** Returns once the server has it. */
    private static void sendHandshake(V1Client client) throws IOException {
        try (CapturedLog log = new CapturedLog()) {
            LogLevel.DEBUG.apply();
            client.send("{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}");
            Awaitility.await().until(() -> log.lines().stream().anyMatch(line -> line.endsWith(" -> handshake")));
        } finally {
            LogLevel.INFO.apply();
        }
    }

    @Test
    void threadsEndWithTheServer() {
        new RunningServer(config).close();

        Awaitility.await()
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .noneMatch(
                                name -> name.startsWith("store-") || name.startsWith("multiThreadIoEventLoopGroup")));
    }

    @Test
    void descriptorsAreBackAfterTheServer() throws IOException {
        serveOnce();
        long before = Descriptors.count();

        for (int i = 0; i < 5; i++) {
            serveOnce();
        }

        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> Descriptors.count() <= before);
    }

    @Test
    void portThatIsTakenIsNamedAndNothingIsLeftRunning() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            config.with("port", Integer.toString(taken.getLocalPort()));

            assertThatThrownBy(() -> new RunningServer(config))
                    .isInstanceOfSatisfying(
                            OtaException.class,
                            fault -> assertThat(fault.code()).isEqualTo(ErrorCode.IO_ERROR))
                    .hasMessageContaining(
                            "cannot listen on 127.0.0.1:%d: address already in use; is another program there",
                            taken.getLocalPort());
        }
    }

    private void serveOnce() throws IOException {
        try (RunningServer server = new RunningServer(config);
                V1Client client = server.enter()) {
            client.receive(new ByteArrayOutputStream(), client.packageInfo().size());
            client.exit();
            client.awaitEof();
        }
    }
}
