package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * One request, one answer: holds back requests that arrive before the answer to the last one is out, and tells the
 * pipeline whose {@link Turn} it is.
 *
 * @see "PROTOCOL.md, section 5.2: Turns"
 */
final class LockStep extends ChannelDuplexHandler {
    /** No honest peer sends even one request ahead. */
    private static final int MAX_HELD = 4;

    private final Duration writeTimeout;
    private final Queue<Object> held = new ArrayDeque<>(1);
    private boolean answering;
    private boolean shutdown;
    private boolean owesBody;
    private long bodyDue;

    /** @param writeTimeout how long the network may take to take an answer */
    LockStep(Duration writeTimeout) {
        this.writeTimeout = writeTimeout;
    }

    /** Says whether the network lacks bytes of a body: the peer would take anything else for payload. */
    boolean owesBody() {
        return owesBody;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!answering) {
            pass(ctx, message);
        } else if (held.size() < MAX_HELD) {
            held.add(message);
        } else {
            throw new OtaException(
                    ErrorCode.UNEXPECTED_MESSAGE,
                    "more than %d requests came ahead of their answers".formatted(MAX_HELD));
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof Response answer) {
            boundWrite(ctx, promise);
            bodyDue = answer.following().orElse(0);
            owesBody = bodyDue > 0;
        } else if (message instanceof FileRegion region) {
            bodyDue -= region.count();
        } else if (message instanceof ByteBuf bytes) {
            bodyDue -= bytes.readableBytes();
        }
        if (bodyDue == 0) {
            promise = promise.unvoid().addListener(written -> answered(ctx, (ChannelFuture) written));
        }
        ctx.write(message, promise);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Shutdown.REQUESTED && !answering) {
            ctx.close();
            return;
        }
        shutdown |= event == Shutdown.REQUESTED;
        ctx.fireUserEventTriggered(event);
    }

    private void pass(ChannelHandlerContext ctx, Object request) {
        answering = true;
        ctx.fireUserEventTriggered(Turn.SERVER);
        ctx.fireChannelRead(request);
    }

    /** A peer that never reads keeps even a small answer from being sent, and its place from others. */
    private void boundWrite(ChannelHandlerContext ctx, ChannelPromise promise) {
        Future<?> alarm = ctx.executor()
                .schedule(
                        () -> ctx.fireExceptionCaught(new OtaException(
                                ErrorCode.CONNECTION_LOST,
                                "an answer was not taken within %d s".formatted(writeTimeout.toSeconds()))),
                        writeTimeout.toNanos(),
                        TimeUnit.NANOSECONDS);
        promise.addListener(written -> alarm.cancel(false));
    }

    private void answered(ChannelHandlerContext ctx, ChannelFuture written) {
        if (ctx.isRemoved() || !written.isSuccess()) {
            return;
        }
        answering = false;
        owesBody = false;
        ctx.fireUserEventTriggered(Turn.PEER);
        if (shutdown) {
            ctx.close();
        } else if (!held.isEmpty()) {
            pass(ctx, held.remove());
        }
    }
}
