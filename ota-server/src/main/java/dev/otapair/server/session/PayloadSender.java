package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.server.store.StoredPackage;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one package's bytes: from the page cache to the socket, as fast as the peer takes them. The end goes out only
 * after it was seen that nobody wrote into the file meanwhile, so that a damaged body never looks whole. Lives on the
 * channel's thread.
 */
final class PayloadSender {
    private static final Logger LOG = LoggerFactory.getLogger(PayloadSender.class);

    /** What is held back until the rest is known to be good. */
    private static final int END_BYTES = 64 * 1024;

    private static final long MAX_WATCH_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int WATCHES_PER_STALL = 6;

    private final ChannelHandlerContext ctx;
    private final StoredPackage stored;
    private final LegacyPacing pacing;
    private final long stallNanos;
    private final FileRegion bulk;

    private long start;
    private long takenBefore;
    private long lastProgress;
    private Future<?> watch;

    /** @param stored a share that this gives back when the body is out or the connection ends */
    PayloadSender(ChannelHandlerContext ctx, StoredPackage stored, LegacyPacing pacing, Duration stallTimeout) {
        this.ctx = ctx;
        this.stored = stored;
        this.pacing = pacing;
        this.stallNanos = stallTimeout.toNanos();
        this.bulk = new SharedFileRegion(stored, Math.max(0, stored.size() - END_BYTES));
    }

    /** Begins to send; to be called right after the package response was written. */
    void start() {
        ctx.channel().closeFuture().addListener(closed -> finish());
        if (stored.size() > 0) {
            pacing.beforeBody(ctx, this::sendBulk);
        }
    }

    private void sendBulk() {
        start = now();
        lastProgress = start;
        watch();
        if (bulk.count() == 0) {
            sendEnd();
        } else {
            ctx.writeAndFlush(bulk.retain()).addListener(written -> next((ChannelFuture) written, this::sendEnd));
        }
    }

    private void sendEnd() {
        int length = (int) (stored.size() - bulk.count());
        stored.verifiedEnd(length).whenCompleteAsync(this::writeEnd, ctx.executor());
    }

    private void writeEnd(ByteBuffer end, Throwable failure) {
        if (failure != null) {
            fail(failure);
        } else {
            // Added before it is written: what follows in LockStep may close the channel.
            ctx.writeAndFlush(
                    Unpooled.wrappedBuffer(end),
                    ctx.newPromise().addListener(written -> next((ChannelFuture) written, this::completed)));
        }
    }

    /** The kernel may still hold pages of the file that are on their way: one more look, then the share goes back. */
    private void completed() {
        pacing.afterBody(ctx);
        stopWatching();
        long millis = TimeUnit.NANOSECONDS.toMillis(now() - start);
        LOG.info("{} sent {}, {} bytes in {} ms", Peer.of(ctx.channel()), stored.name(), stored.size(), millis);
        stored.verifyUnchanged()
                .whenCompleteAsync(
                        (nothing, failure) -> {
                            if (failure != null) {
                                ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
                                fail(failure);
                                ctx.close();
                            }
                        },
                        ctx.executor());
    }

    private void next(ChannelFuture written, Runnable step) {
        if (written.isSuccess()) {
            step.run();
        } else {
            fail(written.cause());
        }
    }

    private void fail(Throwable cause) {
        if (ctx.channel().isOpen()) {
            ctx.fireExceptionCaught(new OtaException(
                    ErrorCode.CONNECTION_LOST,
                    "%s is cut off after %d of %d bytes: %s"
                            .formatted(stored.name(), bulk.transferred(), stored.size(), cause.getMessage()),
                    cause));
        }
    }

    private void watch() {
        long taken = bulk.transferred();
        if (taken != takenBefore) {
            takenBefore = taken;
            lastProgress = now();
        }
        if (now() - lastProgress >= stallNanos) {
            ctx.fireExceptionCaught(new OtaException(
                    ErrorCode.TIMED_OUT,
                    "%s: the peer took no byte for %d s, after %d of %d bytes"
                            .formatted(
                                    stored.name(), TimeUnit.NANOSECONDS.toSeconds(stallNanos), taken, stored.size())));
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
        stopWatching();
        bulk.release();
        stored.release();
    }

    private long now() {
        return ctx.executor().ticker().nanoTime();
    }

    /** A file region whose channel is shared, and stays open. */
    private static final class SharedFileRegion extends DefaultFileRegion {
        SharedFileRegion(StoredPackage stored, long count) {
            super(stored.channel(), 0, count);
        }

        @Override
        protected void deallocate() {}
    }
}
