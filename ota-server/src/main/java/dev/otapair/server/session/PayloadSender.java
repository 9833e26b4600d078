package dev.otapair.server.session;

import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.SharedFile;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Sends the bytes of one answer, as fast as the peer takes them: one part after the other, each by a {@link PartSender}. A peer that
 * takes none for long is given up. Lives on the channel's thread.
 */
final class PayloadSender {
    private static final Logger LOG = Loggers.of(PayloadSender.class);
    private static final long MAX_WATCH_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int WATCHES_PER_STALL = 6;

    /** A peer that takes {@link SendBuffers#MOST_BYTES} in less is a fast one: 2 MiB a second or more. */
    private static final long FAST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ChannelHandlerContext ctx;
    private final Payload payload;
    private final long length;
    private final Runnable release;
    private final BodyPacing pacing;
    private final SendBuffers buffers;
    private final long stallNanos;
    private final boolean isShaped;
    private final boolean isEncrypted;
    private final Iterator<Payload.Part> due;
    private final ChannelFutureListener closeListener = closed -> finish();
    private Optional<PartSender> current = Optional.empty();

    /** Of the parts before the current one. */
    private long takenOfOthers;

    private boolean sent;
    private boolean finished;
    private long start;
    private long takenBefore;
    private long lastProgress;
    private Future<?> watch;

    /** Of the socket; as little as it began with when this has ended. */
    private int bufferBytes = SendBuffers.LEAST_BYTES;

    /** When it was last seen how fast the peer is, and what it had taken then. */
    private long paceSeen;

    private long paceTaken;

    private boolean takesBuffer;

    /** @param release called once, when all is out and verified, or the connection has ended */
    PayloadSender(
            ChannelHandlerContext ctx,
            Payload payload,
            BodyPacing pacing,
            ServerConfig config,
            SendBuffers buffers,
            Runnable release) {
        this.ctx = ctx;
        this.payload = payload;
        this.length = payload.length();
        this.release = release;
        this.pacing = pacing;
        this.buffers = buffers;
        this.stallNanos = config.timeouts().stall().toNanos();
        this.isShaped = config.limits().isShaped();
        this.isEncrypted = ctx.pipeline().get(SslHandler.class) != null;
        this.due = payload.parts().iterator();
    }

    /** To be called right before the answer is written: from then on a body is owed. */
    void announce() {
        if (length > 0) {
            pacing.beforeAnnouncement(ctx);
        }
    }

    /** Begins to send; to be called right after the answer was written. */
    void start() {
        ctx.channel().closeFuture().addListener(closeListener);
        if (length > 0) {
            pacing.beforeBody(ctx, this::begin);
        } else {
            finish();
        }
    }

    /** Returns what the peer is owed some bytes of; empty once all are on their way, or nobody is there for them. */
    Optional<Content> owed() {
        return length == 0 || sent || finished ? Optional.empty() : Optional.of(payload.content());
    }

    private void begin() {
        if (finished) {
            return;
        }
        start = now();
        lastProgress = start;
        paceSeen = start;
        if (!isShaped) {
            takesBuffer = true;
            buffers.begin();
        }
        watch();
        openNext();
    }

    private void openNext() {
        Payload.Part part = due.next();
        part.file().get().whenCompleteAsync((file, failure) -> opened(part, file, failure), ctx.executor());
    }

    private void opened(Payload.Part part, SharedFile file, Throwable failure) {
        if (failure != null) {
            fail(failure);
        } else if (finished) {
            file.release();
        } else {
            PartSender sender = new PartSender(ctx, file, part.position(), part.length(), way(), this::fitBuffer);
            current = Optional.of(sender);
            sender.send(() -> partIsOut(sender, part.length()), this::fail);
        }
    }

    private PartSender.Way way() {
        if (isShaped) {
            return PartSender.Way.SMALL_BLOCKS;
        }
        if (!isEncrypted) {
            return PartSender.Way.REGIONS;
        }
        return buffers.areFew() ? PartSender.Way.LARGE_BLOCKS : PartSender.Way.SMALL_BLOCKS;
    }

    /** The kernel may still hold pages of the file that are on their way: one more look, then the share goes back. */
    private void partIsOut(PartSender sender, long partLength) {
        boolean isLast = !due.hasNext();
        if (isLast) {
            completed();
        }
        sender.verify()
                .whenCompleteAsync(
                        (nothing, failure) -> {
                            resetIf(failure);
                            sender.close();
                            if (isLast) {
                                finish();
                            }
                        },
                        ctx.executor());
        if (!isLast) {
            takenOfOthers += partLength;
            current = Optional.empty();
            openNext();
        }
    }

    private void completed() {
        sent = true;
        pacing.afterBody(ctx);
        stopWatching();
        LOG.info(
                "{} sent {}, {} bytes{} in {} ms",
                Peer.of(ctx.channel()),
                payload.name(),
                length,
                payload.note(),
                TimeUnit.NANOSECONDS.toMillis(now() - start));
    }

    private void resetIf(Throwable failure) {
        if (failure != null && ctx.channel().isOpen()) {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            fail(failure);
            ctx.close();
        }
    }

    private void fail(Throwable failure) {
        if (ctx.channel().isOpen()) {
            ctx.fireExceptionCaught(new OtaException(
                    ErrorCode.CONNECTION_LOST,
                    "%s is cut off after %d of %d bytes: %s"
                            .formatted(payload.name(), taken(), length, Causes.why(failure)),
                    Causes.of(failure)));
        }
    }

    /** Gives a peer that is fast its share. What is full is not made smaller: it would be full for longer. */
    private void fitBuffer() {
        long taken = taken();
        if (!takesBuffer || taken - paceTaken < SendBuffers.MOST_BYTES) {
            return;
        }
        long now = now();
        if (now - paceSeen < FAST_NANOS) {
            setBuffer(Math.max(bufferBytes, buffers.share()));
        }
        paceSeen = now;
        paceTaken = taken;
    }

    private void setBuffer(int bytes) {
        if (bytes != bufferBytes && ctx.channel().isActive()) {
            ctx.channel().config().setOption(ChannelOption.SO_SNDBUF, bytes);
            bufferBytes = bytes;
        }
    }

    private long taken() {
        return takenOfOthers + current.map(PartSender::taken).orElse(0L);
    }

    private void watch() {
        long taken = taken();
        if (taken != takenBefore) {
            takenBefore = taken;
            lastProgress = now();
        }
        if (now() - lastProgress >= stallNanos) {
            ctx.fireExceptionCaught(new OtaException(
                    ErrorCode.TIMED_OUT,
                    "%s: the peer took no byte for %d s, after %d of %d bytes"
                            .formatted(payload.name(), TimeUnit.NANOSECONDS.toSeconds(stallNanos), taken, length)));
            return;
        }
        long interval = Math.min(MAX_WATCH_NANOS, stallNanos / WATCHES_PER_STALL);
        watch = ctx.executor().schedule(this::watch, interval, TimeUnit.NANOSECONDS);
    }

    private void stopWatching() {
        if (watch != null) {
            watch.cancel(false);
        }
    }

    private void finish() {
        if (!finished) {
            finished = true;
            ctx.channel().closeFuture().removeListener(closeListener);
            stopWatching();
            if (takesBuffer) {
                buffers.end();
                setBuffer(SendBuffers.LEAST_BYTES);
            }
            current.ifPresent(PartSender::close);
            release.run();
        }
    }

    private long now() {
        return ctx.executor().ticker().nanoTime();
    }
}
