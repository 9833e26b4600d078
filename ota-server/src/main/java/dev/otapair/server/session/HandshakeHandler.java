package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.server.config.ServerConfig;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * First phase of a session: finds out whether the peer knows the token, by v1's handshake or by v2's challenge, and lets
 * it on as soon as there is a place.
 */
final class HandshakeHandler extends SimpleChannelInboundHandler<Request> implements Request.Visitor<Void> {
    private static final long FAILURE_DELAY_MILLIS = 1000;
    private static final int MIN_RETRY_SECONDS = 5;
    private static final int RETRY_SPREAD_SECONDS = 25;

    private final ServerConfig config;
    private final Commons commons;
    private final Challenge challenge;
    private final RequestHandler nextPhase;
    private ChannelHandlerContext ctx;
    private Optional<SessionLimit.Place> place = Optional.empty();
    private Future<?> patience;

    HandshakeHandler(ServerConfig config, Commons commons, Challenge challenge, RequestHandler nextPhase) {
        this.config = config;
        this.commons = commons;
        this.challenge = challenge;
        this.nextPhase = nextPhase;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
        ctx.channel().closeFuture().addListener(closed -> place.ifPresent(SessionLimit.Place::leave));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (patience != null) {
            patience.cancel(false);
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Request request) {
        request.accept(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Shutdown.REQUESTED) {
            throw new OtaException(ErrorCode.SERVER_BUSY, "the server goes down");
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public Void visit(HandshakeRequest handshake) {
        if (!config.access().allowLegacy()) {
            throw new OtaException(ErrorCode.LEGACY_REFUSED, "v1 handshake refused: allow_legacy = no");
        }
        if (challenge.isOpen()) {
            throw new OtaException(ErrorCode.UNEXPECTED_MESSAGE, "a v1 handshake came after a hello");
        }
        if (!config.access().secret().matches(handshake.secret())) {
            throw new OtaException(ErrorCode.SECRET_REJECTED, "v1 handshake refused: the token is wrong");
        }
        commons.census().add(address());
        place = Optional.of(commons.places().enter(ctx.executor(), this::admitLegacy));
        patience =
                ctx.executor().schedule(this::giveUp, config.timeouts().queue().toNanos(), TimeUnit.NANOSECONDS);
        return null;
    }

    @Override
    public Void visit(HelloRequest hello) {
        if (commons.failures().isRefused(address())) {
            throw new OtaException(ErrorCode.ADDRESS_REFUSED, "too many wrong proofs came from this address");
        }
        challenge
                .open(hello)
                .whenCompleteAsync(
                        (question, failure) -> {
                            if (failure != null) {
                                ctx.fireExceptionCaught(failure);
                            } else if (isWanted()) {
                                ctx.writeAndFlush(question)
                                        .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
                            }
                        },
                        ctx.executor());
        return null;
    }

    @Override
    public Void visit(ProofRequest proof) {
        if (!challenge.isAnswered(proof)) {
            commons.failures().add(address());
            ctx.executor().schedule(this::rejectProof, FAILURE_DELAY_MILLIS, TimeUnit.MILLISECONDS);
            return null;
        }
        place = commons.places().tryEnter();
        if (place.isEmpty()) {
            throw noPlace();
        }
        admitProven();
        return null;
    }

    @Override
    public Void visit(HeaderRequest request) {
        throw handshakeRequired(request);
    }

    @Override
    public Void visit(PackageRequest request) {
        throw handshakeRequired(request);
    }

    @Override
    public Void visit(PlanRequest request) {
        throw handshakeRequired(request);
    }

    @Override
    public Void visit(ExitRequest request) {
        ctx.close();
        return null;
    }

    private void admitLegacy() {
        if (isWanted()) {
            ctx.pipeline().replace(this, RequestHandler.NAME, nextPhase);
            answer(new ConnectedResponse(Optional.empty()));
        } else {
            place.ifPresent(SessionLimit.Place::leave);
        }
    }

    private void admitProven() {
        ctx.pipeline().replace(this, RequestHandler.NAME, nextPhase);
        challenge.requireSeals();
        challenge.sealAnswers();
        answer(new ConnectedResponse(Optional.of(challenge.proof())));
    }

    private void answer(ConnectedResponse connected) {
        ctx.channel().writeAndFlush(connected).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    /** A v2 client does not wait in line: it is told when to come again, and each a bit differently. */
    private OtaException noPlace() {
        int seconds = MIN_RETRY_SECONDS + ThreadLocalRandom.current().nextInt(RETRY_SPREAD_SECONDS);
        return new OtaException(
                ErrorCode.SERVER_BUSY,
                "board %s is told to come again: max_clients = %d are served"
                        .formatted(challenge.device(), config.limits().maxClients()),
                Duration.ofSeconds(seconds));
    }

    private void giveUp() {
        place.ifPresent(SessionLimit.Place::leave);
        ctx.fireExceptionCaught(new OtaException(
                ErrorCode.SERVER_BUSY,
                "no place among max_clients = %d within queue_timeout = %d s"
                        .formatted(
                                config.limits().maxClients(),
                                config.timeouts().queue().toSeconds())));
    }

    private void rejectProof() {
        if (isWanted()) {
            ctx.fireExceptionCaught(new OtaException(
                    ErrorCode.SECRET_REJECTED, "board %s: the proof is wrong".formatted(challenge.device())));
        }
    }

    private boolean isWanted() {
        return !ctx.isRemoved() && ctx.channel().isActive();
    }

    private InetAddress address() {
        return ctx.channel().remoteAddress() instanceof InetSocketAddress internet
                ? internet.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    private static OtaException handshakeRequired(Request request) {
        return new OtaException(ErrorCode.HANDSHAKE_REQUIRED, request + " came before the handshake");
    }
}
