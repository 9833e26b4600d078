package dev.otapair.protocol.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The peer itself, by the vector of PROTOCOL.md 7.2 and the sealed message of 7.3. */
class V2ClientTest {
    private static final String HELLO =
            "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,\"cn\":\"AAECAwQFBgcICQoLDA0ODw\","
                    + "\"id\":\"board-17\",\"caps\":[\"sig\",\"resume\"]}}";
    private static final String CHALLENGE =
            "{\"response\":\"challenge\",\"data\":{\"v\":2,\"sn\":\"EBESExQVFhcYGRobHB0eHw\","
                    + "\"salt\":\"ICEiIyQlJicoKSorLC0uLw\",\"iter\":20000,\"caps\":[\"sig\",\"resume\"]}}";

    @Test
    void vectorIsMet() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                V2Client client = new V2Client((InetSocketAddress) server.getLocalSocketAddress())) {
            CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> answer(server));

            client.sayHello(HELLO);

            assertThat(heard.join()).isEqualTo(HELLO);
            assertThat(client.proof("password")).contains("\"4ZtQx4ycOHBUs0YLM-iAIfTi5OGGfYkNxsXDA5BMJmk\"");
            client.receiveConnected();
            assertThat(client.seal(V2Client.header("default")))
                    .isEqualTo("{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"\"},"
                            + "\"mac\":\"0xrpcjuFSjIENMK29JSZDzDrdtrmygaCf-Y3oUI7fnI\"}");
        }
    }

    private static String answer(ServerSocket server) {
        try (Socket socket = server.accept()) {
            String hello = new String(socket.getInputStream().readNBytes(HELLO.length()), StandardCharsets.US_ASCII);
            socket.getOutputStream()
                    .write((CHALLENGE + "{\"response\":\"connected\",\"data\":"
                                    + "{\"proof\":\"NY6aSc52LBkHhOaDM_4sTdjjymE894kt46rXDZmVFAk\"}}")
                            .getBytes(StandardCharsets.US_ASCII));
            return hello;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
