package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.V1Client;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Edits of config.ini while the server runs. */
class EditWireTest {
    @TempDir
    private Path folder;

    private ConfigFile config;
    private RunningServer server;
    private CapturedLog log;

    @BeforeEach
    void start() {
        log = new CapturedLog();
        config = new ConfigFile(folder);
        config.put(ConfigFile.LATEST, new byte[10]);
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
        log.close();
    }

    private String header() throws IOException {
        try (V1Client client = server.enter()) {
            return client.header();
        }
    }

    @Test
    void editCountsForTheNextConnection() throws IOException {
        config.with("latest", "next.tar.gz");

        assertThat(header()).isEqualTo("next.tar.gz");
    }

    @Test
    void editDoesNotCountForAConnectionThatIsOpen() throws IOException {
        try (V1Client open = server.enter()) {
            config.with("latest", "next.tar.gz");
            header();

            assertThat(open.header()).isEqualTo(ConfigFile.LATEST);
        }
    }

    @Test
    void tokenCanBeChanged() throws IOException {
        config.with("security", "battery staple");

        try (V1Client client = server.connect()) {
            assertThat(client.handshake("battery staple").kind()).isEqualTo("connected");
        }
    }

    @Test
    void brokenEditLeavesWhatIsInForce() throws IOException {
        config.with("latest", "../etc/passwd");

        assertThat(header()).isEqualTo(ConfigFile.LATEST);
        assertThat(log.lines()).anyMatch(line -> line.contains("[Server] latest is '../etc/passwd'"));
    }

    @Test
    void editThatCannotBePreparedChangesNothing() throws IOException {
        InetSocketAddress before = server.address();
        Files.writeString(folder.resolve("cert.pem"), "no certificate");
        Files.writeString(folder.resolve("key.pem"), "no key");
        config.with("tls", "optional")
                .with("tls_cert", "cert.pem")
                .with("tls_key", "key.pem")
                .with("latest", "next.tar.gz")
                .with("port", Integer.toString(freePort()));

        server.server().reload().toCompletableFuture().join();

        assertThat(server.address()).isEqualTo(before);
        assertThat(header()).isEqualTo(ConfigFile.LATEST);
        assertThat(log.lines()).anyMatch(line -> line.contains("the edit is not in force"));
        assertThat(server.server().status()).contains("an edit of config.ini is refused");
    }

    @Test
    void morePlacesAdmitWhoWaits() throws IOException {
        config.with("max_clients", "1");
        try (V1Client first = server.enter();
                V1Client second = server.connect()) {
            second.send("{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}");
            config.with("max_clients", "2");

            server.server().reload();

            assertThat(second.recvMessage().kind()).isEqualTo("connected");
            assertThat(first.header()).isEqualTo(ConfigFile.LATEST);
        }
    }

    @Test
    void editIsFollowedWithoutAConnection() {
        config.with("latest", "next.tar.gz");

        Awaitility.await()
                .until(() -> log.lines().stream().anyMatch(line -> line.contains("config.ini: the edit is in force")));
    }

    @Test
    void portCanBeMoved() throws IOException {
        InetSocketAddress before = server.address();
        int free = freePort();
        config.with("port", Integer.toString(free));

        server.server().reload();

        Awaitility.await().until(() -> server.address().getPort() == free);
        assertThat(header()).isEqualTo(ConfigFile.LATEST);
        assertThat(before.getPort()).isNotEqualTo(free);
    }

    @Test
    void movingThePortCutsNoSession() throws IOException {
        int free = freePort();
        try (V1Client open = server.enter()) {
            config.with("port", Integer.toString(free));
            server.server().reload();
            Awaitility.await().until(() -> server.address().getPort() == free);

            assertThat(open.header()).isEqualTo(ConfigFile.LATEST);
        }
    }

    @Test
    void portThatIsTakenLeavesTheOldOne() throws IOException {
        InetSocketAddress before = server.address();
        try (ServerSocket taken = new ServerSocket(0, 1, before.getAddress())) {
            config.with("port", Integer.toString(taken.getLocalPort()));

            server.server().reload();

            Awaitility.await().until(() -> log.lines().stream().anyMatch(line -> line.contains("going back to")));
            Awaitility.await().until(() -> server.address().equals(before));
            assertThat(header()).isEqualTo(ConfigFile.LATEST);
        }
    }

    @Test
    void addressCanBeMovedOnTheSamePort() throws IOException {
        int port = freePort();
        config.with("port", Integer.toString(port));
        server.server().reload();
        Awaitility.await().until(() -> server.address().getPort() == port);

        config.with("ip", "");
        server.server().reload();

        Awaitility.await().until(() -> server.address().getAddress().isAnyLocalAddress());
        assertThat(server.address().getPort()).isEqualTo(port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }
}
