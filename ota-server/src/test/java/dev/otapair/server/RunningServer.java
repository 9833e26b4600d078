package dev.otapair.server;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.server.session.LegacyPacing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** A server on a free loopback port, with a gap short enough for tests; {@link #close} ends it. */
final class RunningServer implements AutoCloseable {
    static final Duration GAP = Duration.ofMillis(30);

    private final OtaServer server;

    RunningServer(ConfigFile config) {
        this(config, GAP);
    }

    /** As above, with a gap that many clients at once on a busy machine do not miss. */
    RunningServer(ConfigFile config, Duration gap) {
        server = OtaServer.start(config.open(), new LegacyPacing(gap));
    }

    OtaServer server() {
        return server;
    }

    InetSocketAddress address() {
        return server.address();
    }

    V1Client connect() throws IOException {
        return new V1Client(server.address());
    }

    /** Connects with a window so small that a package does not fit into the kernel's buffers. */
    V1Client connectSlow() throws IOException {
        return new V1Client(server.address(), 4096);
    }

    /** Connects, and is past the handshake. */
    V1Client enter() throws IOException {
        V1Client client = connect();
        client.handshake(ConfigFile.TOKEN);
        return client;
    }

    /** Connects as a v2 board. */
    V2Client connectV2() throws IOException {
        return new V2Client(server.address());
    }

    /** As above, from another address of this machine. */
    V2Client connectV2(String from) throws IOException {
        return new V2Client(server.address(), from, 0);
    }

    /** Connects as a v2 board, and is past the handshake. */
    V2Client enterV2() throws IOException {
        return connectV2().enter(ConfigFile.TOKEN);
    }

    @Override
    public void close() {
        server.close();
    }
}
