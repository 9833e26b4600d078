package dev.otapair.client.session;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.config.ServerAddress;
import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.MessageEncoder;
import dev.otapair.protocol.wire.ResponseDecoder;
import dev.otapair.protocol.wire.SessionCodec;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to the server and holds one session with it, on the calling thread: a client that talks to one server needs no
 * other but to find it.
 */
public final class Connector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);
    private static final long TURN_NANOS = TimeUnit.SECONDS.toNanos(1);

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
        ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), NioIoHandler.newFactory());
        try {
            hold(server, visit, loop);
        } finally {
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            while (!loop.isTerminated()) {
                loop.run(TURN_NANOS);
            }
        }
    }

    private void hold(ServerAddress server, Visit visit, ManualIoEventLoop loop) {
        List<String> refusals = new ArrayList<>();
        for (InetAddress address : resolver.addressesOf(server.host())) {
            SessionCodec codec = SessionCodec.ofClient(messages);
            SessionHandler handler = new SessionHandler(line -> session(visit, codec, line));
            InetSocketAddress target = new InetSocketAddress(address, server.port());
            ChannelFuture connecting = connect(server, codec, handler, target, loop);
            interruption.during(() -> connecting.channel().close(), () -> runToEnd(connecting, loop));
            interruption.throwIfInterrupted();
            if (connecting.isSuccess()) {
                handler.failure().ifPresent(failure -> {
                    throw failure;
                });
                return;
            }
            refusals.add(connecting.cause().getMessage());
        }
        throw new OtaException(
                ErrorCode.UNREACHABLE, "no connection to %s: %s".formatted(server, String.join("; ", refusals)));
    }

    private ClientSession session(Visit visit, SessionCodec codec, ClientSession.Line line) {
        ClientSession.Timeouts timeouts =
                new ClientSession.Timeouts(config.handshakeTimeout(), config.responseTimeout(), config.readTimeout());
        return new ClientSession(credentials, timeouts, visit, codec, line);
    }

    private ChannelFuture connect(
            ServerAddress server,
            SessionCodec codec,
            SessionHandler handler,
            InetSocketAddress target,
            ManualIoEventLoop loop) {
        return new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis())
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        tls.ifPresent(client -> channel.pipeline()
                                .addLast(client.handler(
                                        channel.alloc(), server.host(), server.port(), config.connectTimeout())));
                        channel.pipeline()
                                .addLast(new MessageEncoder(codec), new ResponseDecoder(codec))
                                .addLast(new LowSpeedGuard(config.minRate()), handler);
                    }
                })
                .connect(target);
    }

    /** Netty counts in an int: 24 days. */
    private int connectMillis() {
        return (int) Math.min(config.connectTimeout().toMillis(), Integer.MAX_VALUE);
    }

    private static boolean runToEnd(ChannelFuture connecting, ManualIoEventLoop loop) {
        runUntilDone(connecting, loop);
        if (connecting.isSuccess()) {
            LOG.debug("connected to {}", connecting.channel().remoteAddress());
            runUntilDone(connecting.channel().closeFuture(), loop);
        }
        return connecting.isSuccess();
    }

    private static void runUntilDone(ChannelFuture future, ManualIoEventLoop loop) {
        while (!future.isDone()) {
            loop.run(TURN_NANOS);
        }
    }
}
