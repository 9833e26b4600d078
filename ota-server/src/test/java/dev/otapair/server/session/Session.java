package dev.otapair.server.session;

import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.PackageStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** One session without a network, on a clock that stands still until it is moved. */
final class Session implements AutoCloseable {
    static final String CONNECTED = "{\"response\": \"connected\", \"data\": {}}";
    static final String HEADER = "{\"request\": \"header\", \"data\": {}}";
    static final String PACKAGE = "{\"request\": \"package\", \"data\": {}}";
    static final String EXIT = "{\"request\": \"exit\", \"data\": {}}";

    private final PackageStore packages = new PackageStore();
    private final EmbeddedChannel channel;

    Session(ServerConfig config, SessionLimit limit) {
        channel = new EmbeddedChannel(
                new Pipeline(() -> config, limit, packages, new LegacyPacing(Duration.ofSeconds(1))));
        channel.freezeTime();
    }

    /** A session past the handshake. */
    static Session admitted(ServerConfig config) {
        Session session = new Session(config, new SessionLimit(1));
        session.send(handshake(config.secret().reveal()));
        session.answers();
        return session;
    }

    static String handshake(String token) {
        return "{\"request\": \"handshake\", \"data\": {\"security\": \"%s\"}}".formatted(token);
    }

    static String error(String reason) {
        return "{\"response\": \"error\", \"data\": {\"reason\": \"%s\"}}".formatted(reason);
    }

    /** Lets the server read this at once. */
    Session send(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        channel.runPendingTasks();
        return this;
    }

    /** Returns what was answered since this was asked last, one after the other. */
    String answers() {
        channel.runPendingTasks();
        StringBuilder text = new StringBuilder();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            text.append(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
        }
        return text.toString();
    }

    /** Moves the clock, and does what is due by then. */
    Session advance(Duration time) {
        channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
        return this;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /** Lets the server see a failure of the connection. */
    void fail(Throwable failure) {
        channel.pipeline().fireExceptionCaught(failure);
    }

    void tell(Object event) {
        channel.pipeline().fireUserEventTriggered(event);
        channel.runPendingTasks();
    }

    /** Ends as when the peer has gone. */
    @Override
    public void close() {
        channel.finishAndReleaseAll();
        packages.close();
    }
}
