package dev.otapair.server.session;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What v1 peers need around a package's bytes. The deployed client reads the package response with one {@code recv} and
 * parses all it got, so that nothing may follow for a while. And it spins for ever on a connection that ends by FIN in the
 * middle of a body, while RST ends it: with SO_LINGER 0 the kernel sends RST even when this process is killed.
 *
 * @see "PROTOCOL.md, section 5.4: The gap"
 */
public final class LegacyPacing implements BodyPacing {
    private final Duration gap;

    /** @param gap silence between a package response and the first byte of the body */
    public LegacyPacing(Duration gap) {
        this.gap = gap;
    }

    @Override
    public void beforeAnnouncement(ChannelHandlerContext ctx) {
        ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
    }

    @Override
    public void beforeBody(ChannelHandlerContext ctx, Runnable sendBody) {
        ctx.executor()
                .schedule(
                        () -> {
                            if (ctx.channel().isActive()) {
                                sendBody.run();
                            }
                        },
                        gap.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    @Override
    public void afterBody(ChannelHandlerContext ctx) {
        ctx.channel().config().setOption(ChannelOption.SO_LINGER, -1);
    }
}
