package dev.otapair.server.session;

import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.ErrorResponse;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;

/**
 * The one way out of a session that went wrong, at the tail: answers by the error's code, and closes unless the session
 * may go on.
 *
 * @see "PROTOCOL.md, section 4: Errors"
 */
final class ErrorHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = Loggers.of(ErrorHandler.class);
    private static final List<Class<? extends ChannelHandler>> PHASES =
            List.of(LockStep.class, PeerDeadline.class, HandshakeHandler.class, RequestHandler.class);

    private final LockStep lockStep;

    ErrorHandler(LockStep lockStep) {
        this.lockStep = lockStep;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof OtaException fault) {
            LOG.warn("{} {}", Peer.of(ctx.channel()), fault.getMessage());
            Response refusal = fault.retryAfter()
                    .<Response>map(BusyResponse::new)
                    .orElseGet(() -> new ErrorResponse(fault.code().reason()));
            answer(ctx, fault.code(), refusal);
        } else if (cause instanceof ClosedChannelException) {
            // What was under way when it was closed: why it was closed has been said.
            ctx.close();
        } else if (cause instanceof IOException || isTlsFailure(cause)) {
            LOG.info("{} connection broke: {}", Peer.of(ctx.channel()), reason(cause));
            ctx.close();
        } else {
            LOG.error("{} session ended by a defect of the server", Peer.of(ctx.channel()), cause);
            answer(ctx, ErrorCode.IO_ERROR, new ErrorResponse(ErrorCode.IO_ERROR.reason()));
        }
    }

    private void answer(ChannelHandlerContext ctx, ErrorCode code, Response refusal) {
        if (lockStep.owesBody()) {
            // No place for an error, and no reason to send what the kernel still holds.
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            ctx.close();
        } else if (code == ErrorCode.CONNECTION_LOST || isWithoutTlsYet(ctx)) {
            ctx.close();
        } else if (code == ErrorCode.PACKAGE_UNAVAILABLE) {
            ctx.writeAndFlush(refusal).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        } else {
            sayFarewell(ctx, refusal);
        }
    }

    private static void sayFarewell(ChannelHandlerContext ctx, Response refusal) {
        PHASES.stream().filter(phase -> ctx.pipeline().get(phase) != null).forEach(ctx.pipeline()::remove);
        ctx.pipeline().addBefore(ctx.name(), null, new Farewell());
        ctx.writeAndFlush(refusal).addListener(written -> {
            if (!written.isSuccess()) {
                ctx.close();
            } else {
                endOutput(ctx);
            }
        });
    }

    /** Before TLS has begun nothing can be said, and what is written waits for its end. */
    private static boolean isWithoutTlsYet(ChannelHandlerContext ctx) {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        return tls != null && !tls.handshakeFuture().isSuccess();
    }

    private static void endOutput(ChannelHandlerContext ctx) {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else if (ctx.channel() instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        }
    }

    /** What was no TLS may have been a token: Netty's message has it all, in hex. */
    private static String reason(Throwable cause) {
        if (!isTlsFailure(cause)) {
            return Causes.why(cause);
        }
        return cause.getCause() instanceof NotSslRecordException ? "TLS was expected" : Causes.why(cause.getCause());
    }

    /** Whatever a stranger sends to a TLS port ends here: it is no defect. */
    private static boolean isTlsFailure(Throwable cause) {
        return cause instanceof DecoderException && cause.getCause() instanceof SSLException;
    }
}
