package dev.otapair.server.session;

import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.wire.SessionCodec;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/** Turns each answer that passes into the bytes of one write; lets payload through. */
final class MessageEncoder extends ChannelOutboundHandlerAdapter {
    private final SessionCodec codec;

    /** @param codec of this session */
    MessageEncoder(SessionCodec codec) {
        this.codec = codec;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof Response response) {
            ctx.write(Unpooled.wrappedBuffer(codec.encode(response)), promise);
        } else {
            ctx.write(message, promise);
        }
    }
}
