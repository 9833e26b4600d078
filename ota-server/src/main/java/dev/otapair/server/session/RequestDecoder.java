package dev.otapair.server.session;

import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.wire.SessionCodec;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Whole JSON objects in, requests out. Stands where one request at a time passes: how a message is to be read
 * may depend on what came of the one before it. After a message that cannot be read nothing is read any more.
 */
final class RequestDecoder extends ChannelInboundHandlerAdapter {
    private final SessionCodec codec;
    private boolean broken;

    /** @param codec of this session */
    RequestDecoder(SessionCodec codec) {
        this.codec = codec;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        if (broken) {
            return;
        }
        broken = true;
        Request request = codec.decodeRequest((byte[]) frame);
        broken = false;
        ctx.fireChannelRead(request);
    }
}
