package dev.otapair.client.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.wire.PayloadChunk;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Ends a download that goes on, but so slowly that somebody must want it so: a byte now and then defeats a deadline. */
final class LowSpeedGuard extends ChannelInboundHandlerAdapter {
    private static final long WINDOW_SECONDS = 120;

    private final long minBytes;
    private long bytes;
    private Future<?> window;

    /** @param minRate bytes per second, on average over 120 s; 0 is no limit */
    LowSpeedGuard(long minRate) {
        this.minBytes = minRate * WINDOW_SECONDS;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof PayloadChunk chunk) {
            bytes += chunk.content().readableBytes();
            if (window == null) {
                open(ctx);
            }
            if (chunk.isLast()) {
                close();
            }
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        close();
        ctx.fireChannelInactive();
    }

    private void open(ChannelHandlerContext ctx) {
        window = ctx.executor().schedule(() -> judge(ctx), WINDOW_SECONDS, TimeUnit.SECONDS);
    }

    private void judge(ChannelHandlerContext ctx) {
        if (bytes < minBytes) {
            ctx.fireExceptionCaught(new OtaException(
                    ErrorCode.TIMED_OUT,
                    "%d bytes came in %d s, min_rate asks for %d".formatted(bytes, WINDOW_SECONDS, minBytes)));
            return;
        }
        bytes = 0;
        open(ctx);
    }

    private void close() {
        if (window != null) {
            window.cancel(false);
            window = null;
            bytes = 0;
        }
    }
}
