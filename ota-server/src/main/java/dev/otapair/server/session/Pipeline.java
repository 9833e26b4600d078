package dev.otapair.server.session;

import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import dev.otapair.server.config.ServerConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.EnumSet;
import java.util.Set;

/** What a session is made of, in the order in which a message passes it. For all connections of one configuration. */
public final class Pipeline extends ChannelInitializer<Channel> {
    private final MessageCodec messages = new MessageCodec();
    private final SecureRandom random = new SecureRandom();
    private final Clock clock = Clock.systemUTC();
    private final ServerConfig config;
    private final Commons commons;
    private final TlsContext tls;
    private final Shaping shaping;

    /** @param config in force for each session to its end */
    public Pipeline(ServerConfig config, Commons commons, TlsContext tls, Shaping shaping) {
        this.config = config;
        this.commons = commons;
        this.tls = tls;
        this.shaping = shaping;
    }

    @Override
    protected void initChannel(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        SessionCodec codec = SessionCodec.ofServer(messages);
        FrameDecoder frames = new FrameDecoder();
        LockStep lockStep = new LockStep(config.timeouts().stall());
        Challenge challenge = new Challenge(
                config.access(), features(), commons.keys(), random, codec, () -> tls.channelBinding(pipeline));
        RequestHandler requests = new RequestHandler(config, commons, challenge, clock);
        pipeline.addLast(new MessageEncoder(codec), frames)
                .addLast(lockStep)
                .addLast(new RequestDecoder(codec))
                .addLast(new SessionLog())
                .addLast(new PeerDeadline(frames, config.timeouts()))
                .addLast(new HandshakeHandler(config, commons, challenge, requests))
                .addLast(new ErrorHandler(lockStep));
        tls.addTo(pipeline);
        shaping.addTo(pipeline);
    }

    private Set<Feature> features() {
        return config.deltas().isOn() ? EnumSet.allOf(Feature.class) : EnumSet.complementOf(EnumSet.of(Feature.PLAN));
    }
}
