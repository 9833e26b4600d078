package dev.otapair.server.session;

import dev.otapair.server.store.SharedFile;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Sends a part of one file: from the page cache to the socket, or in chunks where TLS or a limit of the bandwidth has to see each
 * byte. The end goes out only after it was seen that nobody wrote into the file meanwhile, so that a damaged body never looks
 * whole. Lives on the channel's thread.
 */
final class PartSender {
    /** One chunk, and what is held back until the rest is known to be good. */
    private static final int CHUNK_BYTES = 64 * 1024;

    /** What the kernel is handed at once: it comes back when it has no more room, and the other sessions of this thread wait. */
    private static final int REGION_BYTES = SendBuffers.MOST_BYTES;

    private final ChannelHandlerContext ctx;
    private final SharedFile file;
    private final boolean inChunks;
    private final Runnable beforeRegion;
    private final long begin;
    private final long end;

    /** Where the part begins that is held back; what is before it is sent first. */
    private final long lastPosition;

    /** Of the next chunk or region. */
    private long position;

    /** What the kernel is taking. */
    private Optional<FileRegion> region = Optional.empty();

    private Runnable out;
    private Consumer<Throwable> failed;
    private boolean closed;

    /**
     * @param file a share that {@link #close} gives back
     * @param beforeRegion called before the kernel is handed more of the file; not where it is sent in chunks
     */
    PartSender(
            ChannelHandlerContext ctx,
            SharedFile file,
            long begin,
            long length,
            boolean inChunks,
            Runnable beforeRegion) {
        this.ctx = ctx;
        this.file = file;
        this.inChunks = inChunks;
        this.beforeRegion = beforeRegion;
        this.begin = begin;
        this.end = begin + length;
        this.lastPosition = Math.max(begin, end - CHUNK_BYTES);
        this.position = begin;
    }

    /**
     * Begins to send.
     *
     * @param whenOut called once all is handed to the network
     * @param whenFailed called instead, when the file or the network has failed
     */
    void send(Runnable whenOut, Consumer<Throwable> whenFailed) {
        out = whenOut;
        failed = whenFailed;
        if (inChunks) {
            sendChunk();
        } else {
            sendRegion();
        }
    }

    /** Returns how much the kernel, or the last chunk's write, has taken so far. */
    long taken() {
        return position - begin + region.map(FileRegion::transferred).orElse(0L);
    }

    /** Sees that the file is what it was; fails where it is not. */
    CompletionStage<Void> verify() {
        return file.verifyUnchanged();
    }

    /** Gives back the file; once is enough, more does no harm. */
    void close() {
        if (!closed) {
            closed = true;
            file.release();
        }
    }

    private void sendRegion() {
        long length = Math.min(REGION_BYTES, lastPosition - position);
        if (length == 0) {
            sendLast();
            return;
        }
        beforeRegion.run();
        FileRegion next = new SharedFileRegion(file, position, length);
        region = Optional.of(next);
        ctx.writeAndFlush(next).addListener(written -> regionIsOut((ChannelFuture) written, length));
    }

    private void regionIsOut(ChannelFuture written, long length) {
        position += written.isSuccess() ? length : region.orElseThrow().transferred();
        region = Optional.empty();
        next(written, this::sendRegion);
    }

    private void sendChunk() {
        int length = (int) Math.min(CHUNK_BYTES, lastPosition - position);
        if (length == 0) {
            sendLast();
            return;
        }
        file.read(position, length)
                .whenCompleteAsync((chunk, failure) -> write(chunk, failure, this::sendChunk), ctx.executor());
    }

    private void sendLast() {
        file.readVerified(lastPosition, (int) (end - lastPosition))
                .whenCompleteAsync((last, failure) -> write(last, failure, out), ctx.executor());
    }

    private void write(ByteBuffer bytes, Throwable failure, Runnable step) {
        if (failure != null) {
            failed.accept(failure);
        } else if (ctx.channel().isActive()) {
            position += bytes.remaining();
            // Added before it is written: what follows in LockStep may close the channel.
            ctx.writeAndFlush(
                    Unpooled.wrappedBuffer(bytes),
                    ctx.newPromise().addListener(written -> next((ChannelFuture) written, step)));
        }
    }

    private void next(ChannelFuture written, Runnable step) {
        if (written.isSuccess()) {
            step.run();
        } else {
            failed.accept(written.cause());
        }
    }

    /** A file region whose channel is shared, and stays open. */
    private static final class SharedFileRegion extends DefaultFileRegion {
        SharedFileRegion(SharedFile file, long position, long count) {
            super(file.channel(), position, count);
        }

        @Override
        protected void deallocate() {}
    }
}
