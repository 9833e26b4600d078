package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.StoredPackage;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one package's bytes, as fast as the peer takes them: from the page cache to the socket, or in chunks where TLS or a
 * limit of the bandwidth has to see each byte. The end goes out only after it was seen that nobody wrote into the file
 * meanwhile, so that a damaged body never looks whole. Lives on the channel's thread.
 */
final class PayloadSender {
    private static final Logger LOG = LoggerFactory.getLogger(PayloadSender.class);

    /** One chunk, and what is held back until the rest is known to be good. */
    private static final int CHUNK_BYTES = 64 * 1024;

    private static final long MAX_WATCH_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int WATCHES_PER_STALL = 6;

    private final ChannelHandlerContext ctx;
    private final StoredPackage stored;
    private final PackageResponse announced;
    private final BodyPacing pacing;
    private final long stallNanos;
    private final boolean inChunks;

    /** Where the end begins; what is before it is sent first. */
    private final long endPosition;

    private final FileRegion region;
    private final ChannelFutureListener closeListener = closed -> finish();
    private boolean sent;
    private boolean finished;

    /** Of the next chunk. */
    private long position;

    private long start;
    private long takenBefore;
    private long lastProgress;
    private Future<?> watch;

    /** @param stored a share that this gives back when the body is out or the connection ends */
    PayloadSender(
            ChannelHandlerContext ctx,
            StoredPackage stored,
            PackageResponse announced,
            BodyPacing pacing,
            ServerConfig config) {
        this.ctx = ctx;
        this.stored = stored;
        this.announced = announced;
        this.pacing = pacing;
        this.stallNanos = config.timeouts().stall().toNanos();
        this.inChunks = config.limits().isShaped() || ctx.pipeline().get(SslHandler.class) != null;
        this.position = announced.offset();
        this.endPosition = Math.max(position, position + announced.length() - CHUNK_BYTES);
        this.region = new SharedFileRegion(stored, position, endPosition - position);
    }

    /** To be called right before the package response is written: from then on a body is owed. */
    void announce() {
        if (announced.length() > 0) {
            pacing.beforeAnnouncement(ctx);
        }
    }

    /** Begins to send; to be called right after the package response was written. */
    void start() {
        ctx.channel().closeFuture().addListener(closeListener);
        if (announced.length() > 0) {
            pacing.beforeBody(ctx, this::sendBulk);
        } else {
            finish();
        }
    }

    /** Returns what the peer is owed some bytes of; empty once all are on their way, or nobody is there for them. */
    Optional<Content> owed() {
        return announced.length() == 0 || sent || finished ? Optional.empty() : Optional.of(stored.content());
    }

    private void sendBulk() {
        start = now();
        lastProgress = start;
        watch();
        if (inChunks) {
            sendChunk();
        } else if (region.count() > 0) {
            position = endPosition;
            ctx.writeAndFlush(region.retain()).addListener(written -> next((ChannelFuture) written, this::sendEnd));
        } else {
            sendEnd();
        }
    }

    private void sendChunk() {
        int length = (int) Math.min(CHUNK_BYTES, endPosition - position);
        if (length == 0) {
            sendEnd();
            return;
        }
        stored.read(position, length)
                .whenCompleteAsync((chunk, failure) -> write(chunk, failure, this::sendChunk), ctx.executor());
    }

    private void sendEnd() {
        int length = (int) (announced.offset() + announced.length() - endPosition);
        stored.verifiedEnd(length)
                .whenCompleteAsync((end, failure) -> write(end, failure, this::completed), ctx.executor());
    }

    private void write(ByteBuffer bytes, Throwable failure, Runnable step) {
        if (failure != null) {
            fail(failure);
        } else if (ctx.channel().isActive()) {
            position += bytes.remaining();
            // Added before it is written: what follows in LockStep may close the channel.
            ctx.writeAndFlush(
                    Unpooled.wrappedBuffer(bytes),
                    ctx.newPromise().addListener(written -> next((ChannelFuture) written, step)));
        }
    }

    /** The kernel may still hold pages of the file that are on their way: one more look, then the share goes back. */
    private void completed() {
        sent = true;
        pacing.afterBody(ctx);
        stopWatching();
        long millis = TimeUnit.NANOSECONDS.toMillis(now() - start);
        LOG.info(
                "{} sent {}, {} bytes{} in {} ms",
                Peer.of(ctx.channel()),
                stored.name(),
                announced.length(),
                announced.offset() == 0 ? "" : " from %d on".formatted(announced.offset()),
                millis);
        stored.verifyUnchanged().whenCompleteAsync((nothing, failure) -> resetIf(failure), ctx.executor());
    }

    private void resetIf(Throwable failure) {
        if (failure != null && ctx.channel().isOpen()) {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            fail(failure);
            ctx.close();
        }
        finish();
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
                            .formatted(stored.name(), taken(), announced.length(), cause.getMessage()),
                    cause));
        }
    }

    /** Returns how much the kernel, or the last chunk's write, has taken so far. */
    private long taken() {
        return inChunks ? position - announced.offset() : region.transferred();
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
                            .formatted(
                                    stored.name(),
                                    TimeUnit.NANOSECONDS.toSeconds(stallNanos),
                                    taken,
                                    announced.length())));
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
            region.release();
            stored.release();
        }
    }

    private long now() {
        return ctx.executor().ticker().nanoTime();
    }

    /** A file region whose channel is shared, and stays open. */
    private static final class SharedFileRegion extends DefaultFileRegion {
        SharedFileRegion(StoredPackage stored, long position, long count) {
            super(stored.channel(), position, count);
        }

        @Override
        protected void deallocate() {}
    }
}
