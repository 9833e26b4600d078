package dev.otapair.server.session;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.delta.PlanDesk;
import dev.otapair.server.store.MemoryLedger;
import dev.otapair.server.store.PackageStore;
import dev.otapair.server.store.TokenKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One session without a network, on a clock that stands still until it is moved. */
final class Session implements AutoCloseable {
    static final String CONNECTED = "{\"response\": \"connected\", \"data\": {}}";
    static final String HEADER = "{\"request\": \"header\", \"data\": {}}";
    static final String PACKAGE = "{\"request\": \"package\", \"data\": {}}";
    static final String EXIT = "{\"request\": \"exit\", \"data\": {}}";

    private final PackageStore packages = new PackageStore();
    private final PlanDesk plans = new PlanDesk(pair -> new CompletableFuture<>(), Clock.systemUTC());
    private final Shaping shaping;
    private final EmbeddedChannel channel;
    private boolean closed;

    Session(ServerConfig config, SessionLimit limit) {
        this(config, limit, new FailedProofs(Ticker.systemTicker()));
    }

    Session(ServerConfig config, SessionLimit limit, FailedProofs failures) {
        Commons commons = new Commons(
                limit,
                packages,
                new TokenKeys(config.stateFolder(), new DurableFiles(), this::runUnlessClosed),
                failures,
                new LegacyCensus(Clock.systemUTC()),
                new UnsignedCensus(),
                new RollCall(new MemoryLedger(), Clock.systemUTC()),
                new Withdrawals(),
                plans,
                new SendBuffers(),
                new LegacyPacing(Duration.ofSeconds(1)));
        shaping = new Shaping(GlobalEventExecutor.INSTANCE, config.limits());
        channel = new EmbeddedChannel(new Pipeline(config, commons, TlsContext.of(config.tls()), shaping));
        channel.freezeTime();
    }

    /** Keys are saved a while after they were made: not into a folder that the test has deleted. */
    private synchronized void runUnlessClosed(Runnable task) {
        if (!closed) {
            task.run();
        }
    }

    /** A session past the handshake. */
    static Session admitted(ServerConfig config) {
        Session session = new Session(config, new SessionLimit(1));
        session.send(handshake(config.access().secret().reveal()));
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
    public synchronized void close() {
        closed = true;
        channel.finishAndReleaseAll();
        shaping.close();
        packages.close();
        plans.close();
    }
}
