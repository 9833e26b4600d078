package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.server.config.ServerConfig;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** First phase of a session: lets exactly one good {@link HandshakeRequest} through, as soon as there is a place. */
final class HandshakeHandler extends SimpleChannelInboundHandler<Request> {
    private final ServerConfig config;
    private final SessionLimit limit;
    private final ChannelHandler nextPhase;
    private SessionLimit.Place place;
    private Future<?> patience;

    HandshakeHandler(ServerConfig config, SessionLimit limit, ChannelHandler nextPhase) {
        this.config = config;
        this.limit = limit;
        this.nextPhase = nextPhase;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Request request) {
        if (request instanceof ExitRequest) {
            ctx.close();
            return;
        }
        if (!(request instanceof HandshakeRequest handshake)) {
            throw new OtaException(ErrorCode.HANDSHAKE_REQUIRED, request + " came before the handshake");
        }
        if (!config.secret().matches(handshake.secret())) {
            throw new OtaException(ErrorCode.SECRET_REJECTED, "the token is wrong");
        }
        place = limit.enter(ctx.executor(), () -> admit(ctx));
        ctx.channel().closeFuture().addListener(closed -> place.leave());
        patience =
                ctx.executor().schedule(() -> giveUp(ctx), config.queueTimeout().toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Shutdown.REQUESTED) {
            throw new OtaException(ErrorCode.SERVER_BUSY, "the server goes down");
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (patience != null) {
            patience.cancel(false);
        }
    }

    private void admit(ChannelHandlerContext ctx) {
        if (ctx.isRemoved() || !ctx.channel().isActive()) {
            place.leave();
            return;
        }
        ctx.pipeline().replace(this, RequestHandler.NAME, nextPhase);
        ctx.channel()
                .writeAndFlush(new ConnectedResponse())
                .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    private void giveUp(ChannelHandlerContext ctx) {
        place.leave();
        ctx.fireExceptionCaught(new OtaException(
                ErrorCode.SERVER_BUSY,
                "no place among max_clients = %d within queue_timeout = %d s"
                        .formatted(config.maxClients(), config.queueTimeout().toSeconds())));
    }
}
