package dev.otapair.server.session;

import dev.otapair.server.store.SharedFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Sends a part of one file: from the page cache to the socket, or in blocks where TLS or a limit of the bandwidth has to see each
 * byte. The end goes out only after it was seen that nobody wrote into the file meanwhile, so that a damaged body never looks
 * whole. Lives on the channel's thread.
 */
final class PartSender {
    /** What goes out at once, and what is held back until the rest is known to be good. */
    private static final int CHUNK_BYTES = 64 * 1024;

    /** What is read at once while there are few transfers: each block is a way to a thread of the disk and back. */
    private static final int LARGE_BLOCK_BYTES = 4 * CHUNK_BYTES;

    /** What the kernel is handed at once: it comes back when it has no more room, and the other sessions of this thread wait. */
    private static final int REGION_BYTES = SendBuffers.MOST_BYTES;

    private final ChannelHandlerContext ctx;
    private final SharedFile file;
    private final Way way;
    private final Runnable beforeMore;
    private final long end;

    /** Where the part begins that is held back; what is before it is sent first. */
    private final long lastPosition;

    /** Of the next block or region. */
    private long position;

    private long taken;

    /** What the kernel is taking. */
    private Optional<FileRegion> region = Optional.empty();

    private Runnable out;
    private Consumer<Throwable> failed;
    private boolean hasFailed;
    private boolean closed;

    /** How the bytes get from the file to the network. */
    enum Way {
        REGIONS,
        LARGE_BLOCKS,
        SMALL_BLOCKS
    }

    /**
     * @param file a share that {@link #close} gives back
     * @param beforeMore called before more of the file is sent
     */
    PartSender(ChannelHandlerContext ctx, SharedFile file, long begin, long length, Way way, Runnable beforeMore) {
        this.ctx = ctx;
        this.file = file;
        this.way = way;
        this.beforeMore = beforeMore;
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
        sendMore();
    }

    /** Returns how much the kernel has taken so far. */
    long taken() {
        return taken + region.map(FileRegion::transferred).orElse(0L);
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

    /** What fails here, as for lack of memory, would be lost in a listener: the peer would be taken for one that stalls. */
    private void sendMore() {
        try {
            sendNext();
        } catch (RuntimeException | OutOfMemoryError e) {
            failed.accept(e);
        }
    }

    private void sendNext() {
        if (position == lastPosition) {
            int length = (int) (end - position);
            ByteBuf last = Unpooled.buffer(length);
            sendBlock(last, file.readVerified(position, last.nioBuffer(0, length)), out);
            return;
        }
        beforeMore.run();
        if (way == Way.REGIONS) {
            sendRegion(Math.min(REGION_BYTES, lastPosition - position));
        } else if (way == Way.LARGE_BLOCKS) {
            int length = (int) Math.min(LARGE_BLOCK_BYTES, lastPosition - position);
            read(ctx.alloc().directBuffer(length, length));
        } else {
            read(Unpooled.buffer((int) Math.min(CHUNK_BYTES, lastPosition - position)));
        }
    }

    private void sendRegion(long length) {
        FileRegion next = new SharedFileRegion(file, position, length);
        region = Optional.of(next);
        position += length;
        ctx.writeAndFlush(next).addListener(written -> regionIsOut((ChannelFuture) written));
    }

    private void regionIsOut(ChannelFuture written) {
        taken = taken();
        region = Optional.empty();
        next(written, this::sendMore);
    }

    private void read(ByteBuf block) {
        sendBlock(block, file.read(position, block.nioBuffer(0, block.capacity())), this::sendMore);
    }

    private void sendBlock(ByteBuf block, CompletionStage<Void> filled, Runnable step) {
        filled.whenCompleteAsync((nothing, failure) -> write(block, failure, step), ctx.executor());
    }

    /** Each chunk counts once it is taken: who is slow takes few of them, and shall not look like one who takes nothing. */
    private void write(ByteBuf block, Throwable failure, Runnable step) {
        if (failure != null) {
            block.release();
            failed.accept(failure);
        } else if (ctx.channel().isActive()) {
            position += block.capacity();
            block.writerIndex(block.capacity());
            while (block.readableBytes() > CHUNK_BYTES) {
                write(block.readRetainedSlice(CHUNK_BYTES), () -> {});
            }
            // Added before it is written: what follows in LockStep may close the channel.
            write(block, step);
            ctx.flush();
        } else {
            block.release();
        }
    }

    private void write(ByteBuf chunk, Runnable step) {
        int length = chunk.readableBytes();
        ctx.write(chunk, ctx.newPromise().addListener(written -> {
            taken += written.isSuccess() ? length : 0;
            next((ChannelFuture) written, step);
        }));
    }

    /** Of what was written together all fails if one does; that is told once. */
    private void next(ChannelFuture written, Runnable step) {
        if (written.isSuccess()) {
            step.run();
        } else if (!hasFailed) {
            hasFailed = true;
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
