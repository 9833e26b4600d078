package dev.otapair.server.session;

import dev.otapair.server.config.ServerConfig;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.traffic.GlobalChannelTrafficShapingHandler;
import java.util.concurrent.ScheduledExecutorService;

/** Keeps what is sent within the configured bandwidth, in all and for each connection. Thread-safe. */
public final class Shaping implements AutoCloseable {
    /** What a connection did not use is forgotten this often: shorter than a few chunks, it would never get its share. */
    private static final long CHECK_MILLIS = 1000;

    private final GlobalChannelTrafficShapingHandler shaper;
    private volatile boolean isOn;

    /** @param executor runs the shaper's clock; outlives this */
    public Shaping(ScheduledExecutorService executor, ServerConfig.Limits limits) {
        shaper = new GlobalChannelTrafficShapingHandler(executor, 0, 0, 0, 0, CHECK_MILLIS);
        adjust(limits);
    }

    /** Takes over other limits, for running transfers too. */
    public void adjust(ServerConfig.Limits limits) {
        shaper.configure(limits.bandwidth().orElse(0), 0);
        shaper.configureChannel(limits.clientBandwidth().orElse(0), 0);
        isOn = limits.isShaped();
    }

    /** Puts the shaper in front of a connection. With no limit set nothing is, and bodies go out by sendfile. */
    void addTo(ChannelPipeline pipeline) {
        if (isOn) {
            pipeline.addFirst(shaper);
        }
    }

    @Override
    public void close() {
        shaper.release();
    }
}
