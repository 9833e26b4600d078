package dev.otapair.protocol.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Optional;

/**
 * Server side: bytes in, whole JSON objects as {@code byte[]} out, whatever the segmentation. After bytes that are no
 * object the rest of the stream has no meaning and is dropped.
 */
public final class FrameDecoder extends ChannelInboundHandlerAdapter {
    private final JsonFrame frame = new JsonFrame();
    private boolean broken;

    /** Says whether a message has begun to arrive and is not complete. Event loop only. */
    public boolean isMidMessage() {
        return !broken && frame.isIncomplete();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            while (bytes.isReadable() && !broken) {
                next(bytes).ifPresent(ctx::fireChannelRead);
            }
        } finally {
            bytes.release();
        }
    }

    private Optional<byte[]> next(ByteBuf bytes) {
        broken = true;
        Optional<byte[]> object = frame.read(bytes);
        broken = false;
        return object;
    }
}
