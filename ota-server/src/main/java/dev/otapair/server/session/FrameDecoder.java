package dev.otapair.server.session;

import dev.otapair.protocol.wire.JsonFrame;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Bytes in, whole JSON objects as {@code byte[]} out, whatever the segmentation. After bytes that are no
 * object the rest of the stream has no meaning and is dropped.
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter {
    private final JsonFrame frame = new JsonFrame();
    private boolean broken;

    /** Says whether a message has begun to arrive and is not complete. Event loop only. */
    boolean isMidMessage() {
        return !broken && frame.isIncomplete();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf received = (ByteBuf) message;
        try {
            ByteBuffer bytes = received.nioBuffer();
            while (bytes.hasRemaining() && !broken) {
                next(bytes).ifPresent(ctx::fireChannelRead);
            }
        } finally {
            received.release();
        }
    }

    private Optional<byte[]> next(ByteBuffer bytes) {
        broken = true;
        Optional<byte[]> object = frame.read(bytes);
        broken = false;
        return object;
    }
}
