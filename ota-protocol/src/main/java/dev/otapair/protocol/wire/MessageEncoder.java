package dev.otapair.protocol.wire;

import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Response;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/** Turns each message that passes into the bytes of one write; lets payload through. Serves both ends. */
public final class MessageEncoder extends ChannelOutboundHandlerAdapter {
    private final SessionCodec codec;

    /** @param codec of this session */
    public MessageEncoder(SessionCodec codec) {
        this.codec = codec;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof Request request) {
            ctx.write(Unpooled.wrappedBuffer(codec.encode(request)), promise);
        } else if (message instanceof Response response) {
            ctx.write(Unpooled.wrappedBuffer(codec.encode(response)), promise);
        } else {
            ctx.write(message, promise);
        }
    }
}
