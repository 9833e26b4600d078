package dev.otapair.server;

import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.server.config.ConfigSource;
import dev.otapair.server.config.Offered;
import dev.otapair.server.config.Offers;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.delta.MakerProgram;
import dev.otapair.server.delta.PatchWorker;
import dev.otapair.server.delta.PlanDesk;
import dev.otapair.server.session.Commons;
import dev.otapair.server.session.FailedProofs;
import dev.otapair.server.session.Gate;
import dev.otapair.server.session.LegacyCensus;
import dev.otapair.server.session.LegacyPacing;
import dev.otapair.server.session.Pipeline;
import dev.otapair.server.session.RollCall;
import dev.otapair.server.session.SendBuffers;
import dev.otapair.server.session.SessionLimit;
import dev.otapair.server.session.Shaping;
import dev.otapair.server.session.Shutdown;
import dev.otapair.server.session.TlsContext;
import dev.otapair.server.session.UnsignedCensus;
import dev.otapair.server.session.Withdrawals;
import dev.otapair.server.store.BoardLedger;
import dev.otapair.server.store.LedgerFile;
import dev.otapair.server.store.PackageStore;
import dev.otapair.server.store.TokenKeys;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/** The daemon: listens, follows edits of its configuration, and goes down without cutting a transfer. Thread-safe. */
public final class OtaServer implements AutoCloseable {
    private static final Logger LOG = Loggers.of(OtaServer.class);
    private static final long EDIT_CHECK_SECONDS = 2;
    private static final long FORCED_CLOSE_SECONDS = 5;
    private static final long FIRST_CENSUS_HOURS = 1;
    private static final long CENSUS_HOURS = 24;

    private final ConfigSource configs;
    private final PackageStore packages = new PackageStore();
    private final ChannelGroup sessions = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final EventLoopGroup acceptor = new MultiThreadIoEventLoopGroup(1, ioHandler());
    private final EventLoopGroup workers =
            new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), ioHandler());
    private final ExecutorService keyMaker =
            Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), OtaServer::keyMakerThread);
    private final BoardLedger ledger;
    private final PatchWorker patchWorker;
    private final PlanDesk plans;
    private final SessionLimit places;
    private final Gate gate;
    private final Shaping shaping;
    private final Commons commons;
    private final Doorway doorway;
    private volatile Pipeline pipeline;

    private OtaServer(ConfigSource configs, LegacyPacing pacing) {
        ServerConfig config = configs.current();
        this.configs = configs;
        this.ledger = new LedgerFile(config.stateFolder(), new DurableFiles());
        this.patchWorker = new PatchWorker(
                MakerProgram.ofDaemon(
                        configs.file(), () -> configs.current().deltas().memoryBytes()),
                System::nanoTime);
        this.plans = new PlanDesk(patchWorker, Clock.systemUTC());
        this.places = new SessionLimit(config.limits().maxClients());
        this.gate = new Gate(FileDescriptors.bound(config.limits()));
        this.shaping = new Shaping(acceptor, config.limits());
        this.commons = new Commons(
                places,
                packages,
                new TokenKeys(config.stateFolder(), new DurableFiles(), keyMaker),
                new FailedProofs(Ticker.systemTicker()),
                new LegacyCensus(Clock.systemDefaultZone()),
                new UnsignedCensus(),
                new RollCall(ledger, Clock.systemUTC()),
                new Withdrawals(),
                plans,
                new SendBuffers(),
                pacing);
        this.pipeline = pipelineOf(config);
        this.doorway = new Doorway(acceptor, workers, new Reception(), () -> pipeline);
    }

    /**
     * Starts a server; returns once it listens.
     *
     * @param configs followed until the server is closed
     * @throws OtaException IO_ERROR when it cannot listen at the configured address, CONFIG_INVALID when its certificate is
     *     of no use; nothing is left running
     */
    public static OtaServer start(ConfigSource configs) {
        return start(configs, new LegacyPacing(Duration.ofSeconds(1)));
    }

    /** As {@link #start(ConfigSource)}, with another gap before packages. */
    public static OtaServer start(ConfigSource configs, LegacyPacing pacing) {
        requireUsable(configs.current());
        OtaServer server = new OtaServer(configs, pacing);
        try {
            server.doorway.open(configs.current().address());
        } catch (OtaException e) {
            server.patchWorker.close();
            server.stopThreads();
            throw e;
        }
        Warnings.about(configs.current()).forEach(LOG::warn);
        server.handOut(configs.current().offers());
        server.acceptor.scheduleWithFixedDelay(
                server::followEdits, EDIT_CHECK_SECONDS, EDIT_CHECK_SECONDS, TimeUnit.SECONDS);
        server.acceptor.scheduleAtFixedRate(
                server.commons.unsigned()::report, FIRST_CENSUS_HOURS, CENSUS_HOURS, TimeUnit.HOURS);
        return server;
    }

    /**
     * Sees what reading a configuration does not: whether certificate and key are of use. Starts nothing.
     *
     * @throws OtaException CONFIG_INVALID
     */
    public static void requireUsable(ServerConfig config) {
        TlsContext.of(config.tls());
    }

    /** Returns where the server listens now. */
    public InetSocketAddress address() {
        return doorway.address();
    }

    /**
     * Reads the configuration again now: SIGHUP.
     *
     * @return completes when that is over, however it went, and boards can connect
     */
    public CompletionStage<Void> reload() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            acceptor.execute(() -> {
                try {
                    follow(() -> configs.reload(this::prepare));
                } finally {
                    doorway.listening().whenComplete((bound, failure) -> done.complete(null));
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("going down: config.ini is not read again");
            done.complete(null);
        }
        return done;
    }

    /** Returns a line for who asks how the server is. */
    public String status() {
        String refused = configs.isEditRefused() ? "; an edit of config.ini is refused, see the log" : "";
        return "listening on port %d, %s%s"
                .formatted(address().getPort(), Count.of(sessions.size(), "connection"), refused);
    }

    /** Returns what completes when each of the threads that boards depend on has done something else since. */
    public CompletionStage<Void> pulse() {
        List<CompletableFuture<Void>> beats = new ArrayList<>();
        for (EventLoopGroup group : List.of(acceptor, workers)) {
            group.forEach(loop -> beats.add(CompletableFuture.runAsync(() -> {}, loop)));
        }
        return CompletableFuture.allOf(beats.toArray(CompletableFuture[]::new));
    }

    /**
     * Stops to accept, lets running transfers finish for up to {@code shutdown_timeout}, and ends. Blocks until then;
     * not for event loops.
     */
    @Override
    public void close() {
        Duration patience = configs.current().timeouts().shutdown();
        doorway.close(FORCED_CLOSE_SECONDS);
        // Who waits for a patch would wait in vain.
        patchWorker.close();
        // Nobody is to be admitted by the places that become free now, only to be closed.
        places.resize(0);
        sessions.forEach(session -> session.pipeline().fireUserEventTriggered(Shutdown.REQUESTED));
        if (!sessions.newCloseFuture().awaitUninterruptibly(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("Sessions that did not end within {} s and are cut: {}", patience.toSeconds(), sessions.size());
            sessions.close().awaitUninterruptibly(FORCED_CLOSE_SECONDS, TimeUnit.SECONDS);
        }
        stopThreads();
        LOG.info("Stopped");
    }

    private void followEdits() {
        follow(() -> configs.refresh(this::prepare));
    }

    /** A defect in here must neither leave a connection without an answer nor be the last look at the files. */
    private static void follow(Runnable look) {
        try {
            look.run();
        } catch (RuntimeException e) {
            LOG.error("An edit was taken over in part, by a defect of the server: start it again", e);
        }
    }

    /** Builds all that an edit needs, and refuses it when its certificate is of no use. What takes it over only hands on. */
    private Runnable prepare(ServerConfig edited) {
        Pipeline built = pipelineOf(edited);
        ServerConfig.Limits limits = FileDescriptors.bound(edited.limits());
        List<String> warnings = Warnings.about(edited);
        boolean isStateElsewhere =
                !edited.stateFolder().equals(configs.current().stateFolder());
        return () -> {
            pipeline = built;
            edited.logLevel().apply();
            places.resize(limits.maxClients());
            gate.adjust(limits);
            shaping.adjust(limits);
            doorway.moveTo(edited.address());
            if (isStateElsewhere) {
                LOG.warn("state_dir was changed: that takes effect with the next start");
            }
            warnings.forEach(LOG::warn);
            handOut(edited.offers());
        };
    }

    private Pipeline pipelineOf(ServerConfig config) {
        return new Pipeline(config, commons, TlsContext.of(config.tls()), shaping);
    }

    /** Hashes what is on offer before the first board asks for it, and says now what is wrong. */
    private void handOut(Offers offers) {
        if (commons.withdrawals().replace(offers.withdrawn())) {
            sessions.forEach(session -> session.pipeline().fireUserEventTriggered(Withdrawals.Change.MADE));
        }
        packages.keepOnly(
                offers.folder(),
                offers.byProduct().values().stream().map(Offered::name).toList());
        for (Offered offered : offers.byProduct().values()) {
            packages.open(offers.folder(), offered.name()).whenComplete((stored, failure) -> {
                if (failure == null) {
                    if (!offered.isContent(stored.content())) {
                        LOG.warn("{} was changed or damaged since it was published: it is not handed out", offered);
                    }
                    stored.release();
                } else {
                    LOG.warn("{}", Causes.why(failure));
                }
            });
        }
    }

    private void stopThreads() {
        acceptor.shutdownGracefully(0, FORCED_CLOSE_SECONDS, TimeUnit.SECONDS);
        workers.shutdownGracefully(0, FORCED_CLOSE_SECONDS, TimeUnit.SECONDS);
        acceptor.terminationFuture().awaitUninterruptibly(FORCED_CLOSE_SECONDS, TimeUnit.SECONDS);
        workers.terminationFuture().awaitUninterruptibly(FORCED_CLOSE_SECONDS, TimeUnit.SECONDS);
        keyMaker.shutdown();
        plans.close();
        shaping.close();
        packages.close();
        ledger.close();
    }

    private static Thread keyMakerThread(Runnable work) {
        Thread thread = new Thread(work, "token-keys");
        thread.setDaemon(true);
        return thread;
    }

    private static IoHandlerFactory ioHandler() {
        return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    }

    /** Takes over an edit before the connection that is just accepted is set up. */
    @Sharable
    private final class Reception extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object accepted) {
            followEdits();
            Channel session = (Channel) accepted;
            if (gate.admit(session, ctx.channel())) {
                sessions.add(session);
                ctx.fireChannelRead(session);
            }
        }
    }
}
