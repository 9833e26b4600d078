package dev.otapair.server.session;

import io.netty.channel.ChannelHandlerContext;

/** What a peer needs around the bytes of a package. Called on the channel's thread. */
interface BodyPacing {
    /** The body follows its announcement at once. */
    BodyPacing IMMEDIATE = new BodyPacing() {
        @Override
        public void beforeAnnouncement(ChannelHandlerContext ctx) {}

        @Override
        public void beforeBody(ChannelHandlerContext ctx, Runnable sendBody) {
            sendBody.run();
        }

        @Override
        public void afterBody(ChannelHandlerContext ctx) {}
    };

    /** To be called before the peer learns that a body will come. */
    void beforeAnnouncement(ChannelHandlerContext ctx);

    /** Runs {@code sendBody} when the body may follow, unless the connection has ended by then. */
    void beforeBody(ChannelHandlerContext ctx, Runnable sendBody);

    /** To be called once the kernel has all of the body. */
    void afterBody(ChannelHandlerContext ctx);
}
