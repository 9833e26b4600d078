package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.server.config.ServerConfig;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how long the server waits for a peer: for the handshake in all, for a message from its first byte, and for the
 * next message. A byte now and then does not extend any of these. Runs only while it is the peer's {@link Turn}.
 *
 * @see "PROTOCOL.md, section 5.6: Deadlines"
 */
final class PeerDeadline extends ChannelDuplexHandler {
    private final FrameDecoder frames;
    private final ServerConfig.Timeouts timeouts;
    private final long messageNanos;
    private long idleNanos;

    /** What is left of the time for the handshake. */
    private long handshakeNanos;

    private boolean admitted;
    private boolean peersTurn = true;
    private long turnStart;
    private boolean midMessage;
    private long messageStart;
    private Future<?> alarm;

    PeerDeadline(FrameDecoder frames, ServerConfig.Timeouts timeouts) {
        this.frames = frames;
        this.timeouts = timeouts;
        this.messageNanos = timeouts.message().toNanos();
        this.handshakeNanos = timeouts.handshake().toNanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        turnStart = now(ctx);
        arm(ctx);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        disarm();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        disarm();
        ctx.fireChannelInactive();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        boolean midMessageNow = frames.isMidMessage();
        if (midMessageNow != midMessage) {
            midMessage = midMessageNow;
            messageStart = now(ctx);
            arm(ctx);
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Turn.SERVER) {
            peersTurn = false;
            handshakeNanos -= now(ctx) - turnStart;
            disarm();
        } else if (event == Turn.PEER) {
            peersTurn = true;
            turnStart = now(ctx);
            messageStart = turnStart;
            arm(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ConnectedResponse connected) {
            admitted = true;
            idleNanos = (connected.proof().isPresent() ? timeouts.idle() : timeouts.legacyIdle()).toNanos();
        }
        ctx.write(message, promise);
    }

    private void arm(ChannelHandlerContext ctx) {
        disarm();
        if (!peersTurn || !ctx.channel().isOpen()) {
            return;
        }
        long now = now(ctx);
        long turnLeft = (admitted ? idleNanos : handshakeNanos) - (now - turnStart);
        long messageLeft = midMessage ? messageNanos - (now - messageStart) : Long.MAX_VALUE;
        String missed =
                messageLeft < turnLeft ? "a message did not end" : admitted ? "no request came" : "no handshake";
        long allowed = messageLeft < turnLeft ? messageNanos : admitted ? idleNanos : handshakeNanos;
        alarm = ctx.executor()
                .schedule(() -> expire(ctx, missed, allowed), Math.min(turnLeft, messageLeft), TimeUnit.NANOSECONDS);
    }

    private void disarm() {
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
    }

    private static void expire(ChannelHandlerContext ctx, String missed, long allowedNanos) {
        ctx.fireExceptionCaught(new OtaException(
                ErrorCode.TIMED_OUT,
                "%s within %d s"
                        .formatted(missed, Duration.ofNanos(allowedNanos).toSeconds())));
    }

    private static long now(ChannelHandlerContext ctx) {
        return ctx.executor().ticker().nanoTime();
    }
}
