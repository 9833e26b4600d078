package dev.otapair.server;

import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.server.session.Peer;
import dev.otapair.server.session.SendBuffers;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Where the server listens, and where it goes when that is edited. Acceptor's thread, but for {@link #open}, {@link #address} and {@link #close}.
 */
final class Doorway {
    private static final Logger LOG = Loggers.of(Doorway.class);
    private static final int BACKLOG = 1024;
    private static final int REQUEST_BYTES = 2048;
    private static final long RETRY_SECONDS = 2;

    private final EventLoopGroup acceptor;
    private final EventLoopGroup workers;
    private final ChannelHandler reception;
    private final Supplier<? extends ChannelHandler> pipeline;
    private volatile Channel listener;
    private volatile InetSocketAddress asked;

    /** Completes when boards can connect again. */
    private CompletableFuture<Void> listening = CompletableFuture.completedFuture(null);

    /**
     * @param acceptor one thread; ended by its owner, as are the workers
     * @param reception gets each connection that is accepted; sharable
     * @param pipeline what a connection's own pipeline begins with, asked for each
     */
    Doorway(
            EventLoopGroup acceptor,
            EventLoopGroup workers,
            ChannelHandler reception,
            Supplier<? extends ChannelHandler> pipeline) {
        this.acceptor = acceptor;
        this.workers = workers;
        this.reception = reception;
        this.pipeline = pipeline;
    }

    /**
     * Listens for the first time; returns once it does.
     *
     * @throws OtaException IO_ERROR when it cannot
     */
    void open(InetSocketAddress address) {
        asked = address;
        ChannelFuture bound = bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new OtaException(ErrorCode.IO_ERROR, refusal(address, bound.cause()), bound.cause());
        }
        nowListeningOn(bound.channel());
    }

    /** Returns where it listens now. */
    InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Returns what completes when boards can connect, after a move too. */
    CompletionStage<Void> listening() {
        return listening;
    }

    /**
     * Listens elsewhere, or goes back where that fails. The old address is given up first: on the same port it may be what
     * stands in the way. Called on the acceptor's thread, which must not wait for itself; does nothing where that address was asked for
     * last.
     */
    void moveTo(InetSocketAddress address) {
        if (address.equals(asked)) {
            return;
        }
        InetSocketAddress before = address();
        InetSocketAddress askedBefore = asked;
        asked = address;
        CompletableFuture<Void> awaited = listening;
        listening = new CompletableFuture<>();
        listening.thenRun(() -> awaited.complete(null));
        listener.close()
                .addListener(closed -> bind(address).addListener(bound -> {
                    if (bound.isSuccess()) {
                        nowListeningOn(((ChannelFuture) bound).channel());
                    } else {
                        LOG.error("{}; going back to {}", refusal(address, bound.cause()), Peer.text(before));
                        asked = askedBefore;
                        goBackTo(before);
                    }
                }));
    }

    /** Accepts no more. Blocks for some seconds at most; not for event loops. */
    void close(long seconds) {
        listener.close().awaitUninterruptibly(seconds, TimeUnit.SECONDS);
    }

    private void goBackTo(InetSocketAddress address) {
        bind(address).addListener(bound -> {
            if (bound.isSuccess()) {
                nowListeningOn(((ChannelFuture) bound).channel());
            } else {
                LOG.error("{}; not listening at all, tried again in a while", refusal(address, bound.cause()));
                acceptor.schedule(() -> goBackTo(address), RETRY_SECONDS, TimeUnit.SECONDS);
            }
        });
    }

    private void nowListeningOn(Channel channel) {
        listener = channel;
        listening.complete(null);
        LOG.info("Listening on {}", Peer.text(channel.localAddress()));
    }

    private ChannelFuture bind(InetSocketAddress address) {
        LOG.info("Attempt to bind IP/Port: {}", Peer.text(address));
        return new ServerBootstrap()
                .group(acceptor, workers)
                .channel(serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.SO_SNDBUF, SendBuffers.LEAST_BYTES)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(REQUEST_BYTES))
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 * 1024, 128 * 1024))
                .handler(reception)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(pipeline.get());
                    }
                })
                .bind(address);
    }

    private static String refusal(InetSocketAddress address, Throwable cause) {
        return "cannot listen on %s: %s; is another program there, or is ip not an address of this machine?"
                .formatted(Peer.text(address), Causes.why(cause));
    }

    private static Class<? extends ServerChannel> serverChannel() {
        return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }
}
