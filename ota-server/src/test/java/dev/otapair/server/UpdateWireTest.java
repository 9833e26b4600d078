package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V1Client.Ending;
import dev.otapair.protocol.testing.V1Client.Outcome;
import dev.otapair.protocol.testing.V1Client.PackageInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a deployed v1 client gets from our server. */
class UpdateWireTest {
    private static final byte[] PACKAGE = new byte[300_000];

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
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private byte[] update() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (V1Client client = server.connect()) {
            Outcome outcome = client.update(ConfigFile.TOKEN, "installed", out);
            assertThat(outcome.ending()).isEqualTo(Ending.UPDATED);
            client.awaitEof();
        }
        return out.toByteArray();
    }

    private static void assertError(V1Client client, String reason) throws IOException {
        assertThat(client.recvMessage().text())
                .isEqualTo("{\"response\": \"error\", \"data\": {\"reason\": \"%s\"}}".formatted(reason));
    }

    @Test
    void updateBringsThePackage() throws IOException {
        assertThat(update()).isEqualTo(PACKAGE);
    }

    @Test
    void clientThatHasThePackageIsUpToDate() throws IOException {
        try (V1Client client = server.connect()) {
            assertThat(client.update(ConfigFile.TOKEN, ConfigFile.LATEST, OutputStream.nullOutputStream()))
                    .isEqualTo(new Outcome(Ending.UP_TO_DATE, ConfigFile.LATEST, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1f8b08", "7b7d", "22", "20", "00", "", "7b22726573706f6e7365223a20226572726f72227d"})
    void payloadMayBeAnyBytes(String hex) throws IOException {
        byte[] payload = HexFormat.of().parseHex(hex);
        config.put(ConfigFile.LATEST, payload);

        assertThat(update()).isEqualTo(payload);
    }

    @ParameterizedTest
    @ValueSource(ints = {65_535, 65_536, 65_537, 131_072})
    void payloadOfAnySizeAroundItsEndIsWhole(int size) throws IOException {
        byte[] payload = new byte[size];
        new Random(size).nextBytes(payload);
        config.put(ConfigFile.LATEST, payload);

        assertThat(update()).isEqualTo(payload);
    }

    @Test
    void nameMayBeInAnyScript() throws IOException {
        config.put("固件 1.4.0 (测试).tar.gz", PACKAGE);
        config.with("latest", "固件 1.4.0 (测试).tar.gz");

        try (V1Client client = server.connect()) {
            assertThat(client.update(ConfigFile.TOKEN, "", OutputStream.nullOutputStream()))
                    .isEqualTo(new Outcome(Ending.UPDATED, "固件 1.4.0 (测试).tar.gz", PACKAGE.length));
        }
    }

    @Test
    void requestsMayComeByteByByte() throws IOException {
        try (FaultProxy proxy =
                        new FaultProxy(server.address(), FaultPlan.none().byteByByte(), FaultPlan.none());
                V1Client client = new V1Client(proxy.address())) {
            assertThat(client.update(ConfigFile.TOKEN, "", OutputStream.nullOutputStream())
                            .ending())
                    .isEqualTo(Ending.UPDATED);
        }
    }

    @Test
    void packageMayBeAskedForAgain() throws IOException {
        try (V1Client client = server.enter()) {
            client.receive(OutputStream.nullOutputStream(), client.packageInfo().size());
            ByteArrayOutputStream second = new ByteArrayOutputStream();

            client.receive(second, client.packageInfo().size());

            assertThat(second.toByteArray()).isEqualTo(PACKAGE);
        }
    }

    @Test
    void exitThatIsSentAheadDoesNotCutThePackage() throws IOException {
        byte[] large = new byte[4_000_000];
        config.put(ConfigFile.LATEST, large);
        try (V1Client client = server.connectSlow()) {
            client.handshake(ConfigFile.TOKEN);
            PackageInfo info = client.packageInfo();
            client.exit();

            assertThat(client.receive(OutputStream.nullOutputStream(), info.size()))
                    .isEqualTo(large.length);
            client.awaitEof();
        }
    }

    @Test
    void packageResponseNamesSizeAsTextAndTheDigest() throws IOException {
        config.put(ConfigFile.LATEST, "abc".getBytes(StandardCharsets.US_ASCII));
        try (V1Client client = server.enter()) {
            client.send("{\"request\": \"package\", \"data\": {}}");

            assertThat(client.recvMessage().text())
                    .isEqualTo("{\"response\": \"package\", \"data\": {\"latest\": \"fw.tar.gz\", \"size\": \"3\", "
                            + "\"md5\": \"900150983cd24fb0d6963f7d28e17f72\"}}");
        }
    }

    @Test
    void nothingFollowsThePackageResponseForAboutASecond() throws IOException {
        try (OtaServer unhurried = OtaServer.start(config.open());
                V1Client client = new V1Client(unhurried.address())) {
            client.handshake(ConfigFile.TOKEN);
            PackageInfo info = client.packageInfo();
            client.setTimeoutMillis(900);
            assertThatThrownBy(client::recv).isInstanceOf(SocketTimeoutException.class);

            client.setTimeoutMillis(2_000);

            assertThat(client.receive(OutputStream.nullOutputStream(), info.size()))
                    .isEqualTo(info.size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"header", "package"})
    void requestBeforeTheHandshakeIsRefusedAndClosed(String verb) throws IOException {
        try (V1Client client = server.connect()) {
            client.send("{\"request\": \"%s\", \"data\": {}}".formatted(verb));

            assertError(client, "Handshake required.");
            client.awaitEof();
        }
    }

    @Test
    void unknownVerbIsRefusedAndClosed() throws IOException {
        try (V1Client client = server.enter()) {
            client.send("{\"request\": \"reboot\", \"data\": {}}");

            assertError(client, "Unknown request.");
            client.awaitEof();
        }
    }

    @Test
    void wrongTokenGetsTheReasonAndTheEnd() throws IOException {
        try (V1Client client = server.connect()) {
            assertThat(client.update("guess", "", OutputStream.nullOutputStream()))
                    .isEqualTo(new Outcome(Ending.REFUSED, "Security code check failed.", 0));
            client.awaitEof();
        }
    }

    @Test
    void nothingIsServedAfterAWrongToken() throws IOException {
        try (V1Client client = server.connect()) {
            client.handshake("guess");

            client.send("{\"request\": \"header\", \"data\": {}}");

            client.awaitEof();
        }
    }

    @Test
    void packageThatAppearsIsServedInTheSameSession() throws IOException {
        Files.delete(config.packages().resolve(ConfigFile.LATEST));
        try (V1Client client = server.enter()) {
            assertThat(client.request("package", java.util.Map.of()).get("reason"))
                    .isEqualTo("Package is not available.");
            config.put(ConfigFile.LATEST, PACKAGE);

            assertThat(client.packageInfo().size()).isEqualTo(PACKAGE.length);
        }
    }

    @Test
    void peerThatDiesInMidPackageGivesItsFileBack() throws IOException {
        config.put(ConfigFile.LATEST, new byte[4_000_000]);
        update();
        long before = Descriptors.count();
        try (V1Client client = server.connectSlow()) {
            client.handshake(ConfigFile.TOKEN);
            client.packageInfo();
            client.recv();

            client.reset();
        }

        org.awaitility.Awaitility.await().until(() -> Descriptors.count() == before);
    }
}
