package dev.otapair.server.session;

import dev.otapair.protocol.message.Request.ExitRequest;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * Last phase of a session that was refused: the error is out, and the peer has a moment to read it and to say exit.
 * Closing at once could send RST for what the peer still sends, and RST can take the error away from it.
 */
final class Farewell extends ChannelInboundHandlerAdapter {
    private static final long GRACE_SECONDS = 5;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.executor().schedule(() -> ctx.close(), GRACE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
        if (message instanceof ExitRequest) {
            ctx.close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Shutdown.REQUESTED) {
            ctx.close();
        }
    }

    /** What a refused peer goes on to send is not worth a word. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {}
}
