package dev.otapair.client.session;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.config.ServerAddress;
import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Connects to the server and holds one session with it, on the calling thread: a client that talks to one server needs no
 * other but to find it.
 */
public final class Connector {
    private static final Logger LOG = Loggers.of(Connector.class);

    private final ClientConfig config;
    private final Credentials credentials;
    private final Interruption interruption;
    private final Resolver resolver;
    private final MessageCodec messages = new MessageCodec();
    private final Optional<TlsClient> tls;

    /**
     * @param credentials what the server is shown
     * @param interruption ends a session that is under way
     * @throws OtaException CONFIG_INVALID if a file for TLS is of no use
     */
    public Connector(ClientConfig config, Credentials credentials, Interruption interruption) {
        this.config = config;
        this.credentials = credentials;
        this.interruption = interruption;
        this.resolver = new Resolver(InetAddress::getAllByName, config.connectTimeout(), interruption);
        this.tls = config.tls().map(TlsClient::new);
    }

    /**
     * Holds one session; returns when it is over and the connection is closed.
     *
     * @param server to ask
     * @param visit called on this thread
     * @throws OtaException UNREACHABLE, what the session failed with, or the signal's code
     */
    public void hold(ServerAddress server, Visit visit) {
        List<String> refusals = new ArrayList<>();
        for (InetAddress address : resolver.addressesOf(server.host())) {
            Optional<RuntimeException> failure = Optional.empty();
            boolean isHeld = false;
            try (SocketLink link = new SocketLink(tls.map(client -> client.engine(server.host(), server.port())))) {
                Conversation conversation = conversation(visit, link);
                InetSocketAddress target = new InetSocketAddress(address, server.port());
                isHeld = interruption.during(link::stop, () -> hold(link, target, conversation));
                failure = conversation.failure();
            } catch (IOException e) {
                refusals.add("%s: %s".formatted(address.getHostAddress(), FileFault.why(e)));
            }
            interruption.throwIfInterrupted();
            failure.ifPresent(cause -> {
                throw cause;
            });
            if (isHeld) {
                return;
            }
        }
        throw new OtaException(
                ErrorCode.UNREACHABLE, "no connection to %s: %s".formatted(server, String.join("; ", refusals)));
    }

    private boolean hold(SocketLink link, InetSocketAddress target, Conversation conversation) throws IOException {
        if (!link.connect(target, config.connectTimeout())) {
            return false;
        }
        LOG.debug("connected to {}", target);
        link.hold(conversation, config.connectTimeout());
        return true;
    }

    private Conversation conversation(Visit visit, SocketLink link) {
        SessionCodec codec = SessionCodec.ofClient(messages);
        return new Conversation(
                line -> session(visit, codec, line),
                codec,
                new LowSpeedGuard(config.minRate()),
                System::nanoTime,
                link);
    }

    private ClientSession session(Visit visit, SessionCodec codec, ClientSession.Line line) {
        ClientSession.Timeouts timeouts =
                new ClientSession.Timeouts(config.handshakeTimeout(), config.responseTimeout(), config.readTimeout());
        return new ClientSession(credentials, timeouts, visit, codec, line);
    }
}
