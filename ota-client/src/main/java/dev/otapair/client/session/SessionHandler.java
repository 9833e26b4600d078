package dev.otapair.client.session;

import static io.netty.channel.ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.wire.PayloadChunk;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a {@link ClientSession} talk over a channel, and keeps its clock. */
final class SessionHandler extends SimpleChannelInboundHandler<Object> implements ClientSession.Line {
    private static final Logger LOG = LoggerFactory.getLogger(SessionHandler.class);

    /** Nobody waits for an exit: the server may be gone when all is said. */
    private static final ChannelFutureListener IGNORED = written -> {};

    private final ClientSession session;
    private final SecureRandom random = new SecureRandom();
    private ChannelHandlerContext ctx;
    private RuntimeException failure;
    private boolean isOver;

    /** When what is expected is late. Chunks of a package move it so often that the alarm may stay behind it. */
    private long deadline;

    private long alarmTime;
    private Future<?> alarm;

    /** @param newSession makes the session that talks over this */
    SessionHandler(Function<ClientSession.Line, ClientSession> newSession) {
        this.session = newSession.apply(this);
    }

    /** Returns what went wrong; to be asked after the channel was closed. */
    Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (tls().isEmpty()) {
            session.connected();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            session.connected();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
        if (failure != null) {
            return;
        }
        if (message instanceof PayloadChunk chunk) {
            session.payload(chunk.content().nioBuffer(), chunk.isLast());
        } else if (message instanceof Response response) {
            LOG.debug("<- {}", response);
            session.received(response);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        disarm();
        if (failure == null) {
            session.closed();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (failure == null && !isOver) {
            failure = asOurs(cause);
        }
        disarm();
        context.close();
    }

    @Override
    public Octets nonce() {
        byte[] nonce = new byte[Request.HelloRequest.NONCE_BYTES];
        random.nextBytes(nonce);
        return new Octets(nonce);
    }

    @Override
    public Octets channelBinding() {
        return tls().map(handler -> TlsClient.certificateDigest(handler.engine().getSession()))
                .orElseGet(Octets::new);
    }

    @Override
    public void send(Request request, boolean more) {
        LOG.debug("-> {}", request);
        ctx.write(request).addListener(request instanceof ExitRequest ? IGNORED : FIRE_EXCEPTION_ON_FAILURE);
        if (!more) {
            ctx.flush();
        }
    }

    @Override
    public void expectWithin(Duration time) {
        deadline = now() + time.toNanos();
        if (alarm == null || deadline - alarmTime < 0) {
            disarm();
            arm();
        }
    }

    @Override
    public void over() {
        isOver = true;
        disarm();
        ctx.close();
    }

    private void arm() {
        alarmTime = deadline;
        alarm = ctx.executor().schedule(this::ring, deadline - now(), TimeUnit.NANOSECONDS);
    }

    private void ring() {
        if (now() - deadline < 0) {
            arm();
        } else {
            expire();
        }
    }

    private void expire() {
        try {
            session.expired();
        } catch (OtaException e) {
            exceptionCaught(ctx, e);
        }
    }

    private void disarm() {
        if (alarm != null) {
            alarm.cancel(false);
        }
    }

    private long now() {
        return ctx.executor().ticker().nanoTime();
    }

    private Optional<SslHandler> tls() {
        return Optional.ofNullable(ctx.pipeline().get(SslHandler.class));
    }

    private static RuntimeException asOurs(Throwable cause) {
        if (cause instanceof DecoderException && cause.getCause() instanceof SSLException refused) {
            return TlsClient.refused(refused);
        }
        if (cause instanceof SSLException refused) {
            return TlsClient.refused(refused);
        }
        if (cause instanceof RuntimeException known) {
            return known;
        }
        return new OtaException(ErrorCode.CONNECTION_LOST, "the connection broke: " + cause.getMessage(), cause);
    }
}
