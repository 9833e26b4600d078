package dev.otapair.protocol.wire;

import dev.otapair.protocol.message.Request;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Optional;

/**
 * Server side: bytes in, {@link Request}s out, whatever the segmentation. After a message that cannot be read the rest of
 * the stream has no meaning and is dropped.
 */
public final class RequestDecoder extends ChannelInboundHandlerAdapter {
    private final MessageCodec codec;
    private final JsonFrame frame = new JsonFrame();
    private boolean broken;

    /** @param codec shared by any number of sessions */
    public RequestDecoder(MessageCodec codec) {
        this.codec = codec;
    }

    /** Says whether a message has begun to arrive and is not complete. Event loop only. */
    public boolean isMidMessage() {
        return !broken && frame.isIncomplete();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            while (bytes.isReadable() && !broken) {
                decodeOne(bytes).ifPresent(ctx::fireChannelRead);
            }
        } finally {
            bytes.release();
        }
    }

    private Optional<Request> decodeOne(ByteBuf bytes) {
        broken = true;
        Optional<Request> request = frame.read(bytes).map(codec::decodeRequest);
        broken = false;
        return request;
    }
}
