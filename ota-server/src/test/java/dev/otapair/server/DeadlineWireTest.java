package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.testing.V1Client;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that take their time. */
class DeadlineWireTest {
    @TempDir
    private Path folder;

    private RunningServer server;

    @BeforeEach
    void start() {
        ConfigFile config = new ConfigFile(folder)
                .with("handshake_timeout", "1")
                .with("message_timeout", "1")
                .with("stall_timeout", "2");
        config.put(ConfigFile.LATEST, new byte[8_000_000]);
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void silentConnectionIsCut() throws IOException {
        try (V1Client client = server.connect()) {
            assertThat(client.recvMessage().get("reason")).isEqualTo("Timed out.");
            client.awaitEof();
        }
    }

    @Test
    void halfSentHandshakeIsCut() throws IOException {
        try (V1Client client = server.connect()) {
            client.send("{\"request\": \"handsh");

            assertThat(client.recvMessage().get("reason")).isEqualTo("Timed out.");
            client.awaitEof();
        }
    }

    @Test
    void admittedSessionMayBeSilentForLongerThanAMessageMayTake() throws IOException {
        try (V1Client client = server.enter()) {
            client.setTimeoutMillis(1_500);
            assertThatThrownBy(client::recv).isInstanceOf(SocketTimeoutException.class);

            client.setTimeoutMillis(20_000);

            assertThat(client.header()).isEqualTo(ConfigFile.LATEST);
        }
    }

    /** The kernel asks for more when a third of what it may hold has gone: more than a slow reader takes in the time given would cut it. */
    @Test
    void readerThatIsSlowIsNotTakenForOneThatStalls() throws Exception {
        try (V1Client client = server.connectSlow()) {
            client.handshake(ConfigFile.TOKEN);
            client.packageInfo();

            for (int tenth = 0; tenth < 80; tenth++) {
                assertThat(client.receive(OutputStream.nullOutputStream(), 30_000))
                        .isEqualTo(30_000);
                Thread.sleep(100);
            }
        }
    }

    @Test
    void readerThatStallsIsResetAndItsSocketGivenBack() throws IOException {
        try (V1Client first = server.enter()) {
            first.receive(OutputStream.nullOutputStream(), first.packageInfo().size());
            first.exit();
            first.awaitEof();
        }
        long before = Descriptors.count();
        try (V1Client client = server.connectSlow()) {
            client.handshake(ConfigFile.TOKEN);
            client.packageInfo();

            Awaitility.await().atMost(Duration.ofSeconds(6)).until(() -> Descriptors.count() == before + 1);

            client.awaitReset();
        }
    }
}
