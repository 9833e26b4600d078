package dev.otapair.server.session;

import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.MessageEncoder;
import dev.otapair.protocol.wire.RequestDecoder;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.PackageStore;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.util.function.Supplier;

/** What a session is made of, in the order in which a message passes it. */
public final class Pipeline extends ChannelInitializer<Channel> {
    private final MessageCodec codec = new MessageCodec();
    private final MessageEncoder encoder = new MessageEncoder(codec);
    private final Supplier<ServerConfig> config;
    private final SessionLimit limit;
    private final PackageStore packages;
    private final LegacyPacing pacing;

    /**
     * @param config asked once per connection
     * @param limit shared by all connections of the server, as are {@code packages} and {@code pacing}
     */
    public Pipeline(Supplier<ServerConfig> config, SessionLimit limit, PackageStore packages, LegacyPacing pacing) {
        this.config = config;
        this.limit = limit;
        this.packages = packages;
        this.pacing = pacing;
    }

    @Override
    protected void initChannel(Channel channel) {
        ServerConfig now = config.get();
        RequestDecoder decoder = new RequestDecoder(codec);
        LockStep lockStep = new LockStep(now.stallTimeout());
        RequestHandler requests = new RequestHandler(now, packages, pacing);
        channel.pipeline()
                .addLast(encoder, decoder)
                .addLast(new SessionLog())
                .addLast(lockStep)
                .addLast(new PeerDeadline(decoder, now))
                .addLast(new HandshakeHandler(now, limit, requests))
                .addLast(new ErrorHandler(lockStep));
    }
}
