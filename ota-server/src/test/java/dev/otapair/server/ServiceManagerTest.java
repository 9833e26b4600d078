package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A socket like systemd's, and what the daemon says there. */
class ServiceManagerTest {
    private static final int SECONDS = 20;

    @TempDir
    private Path folder;

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private EventLoopGroup loop;
    private Channel systemd;

    @BeforeEach
    void listen() {
        assumeTrue(Epoll.isAvailable(), "no epoll on this machine");
        loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        systemd = new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, DomainDatagramPacket packet) {
                        told.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                })
                .bind(new DomainSocketAddress(socket()))
                .syncUninterruptibly()
                .channel();
    }

    @AfterEach
    void stop() {
        systemd.close().syncUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void everyStepIsTold() throws InterruptedException {
        try (ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", socket()))) {
            manager.ready("listening on port 1234");
            manager.reloading();
            manager.ready("again");
            manager.stopping();
        }

        assertThat(next()).isEqualTo("READY=1\nSTATUS=listening on port 1234");
        assertThat(next()).matches("RELOADING=1\nMONOTONIC_USEC=[0-9]+");
        assertThat(next()).isEqualTo("READY=1\nSTATUS=again");
        assertThat(next()).startsWith("STOPPING=1\n");
    }

    @Test
    void watchdogIsFedWhileThePulseGoesOn() throws InterruptedException {
        CompletableFuture<Void> hangs = new CompletableFuture<>();
        Map<String, String> environment = Map.of(
                "NOTIFY_SOCKET",
                socket(),
                "WATCHDOG_USEC",
                "300000",
                "WATCHDOG_PID",
                Long.toString(ProcessHandle.current().pid()));
        try (ServiceManager manager = ServiceManager.of(environment)) {
            int[] beats = {0};
            manager.watch(() -> beats[0]++ < 3 ? CompletableFuture.completedFuture(null) : hangs, () -> "fine");

            for (int i = 0; i < 3; i++) {
                assertThat(next()).isEqualTo("WATCHDOG=1\nSTATUS=fine");
            }
            assertThat(told.poll(1, TimeUnit.SECONDS)).as("told while it hangs").isNull();
            hangs.complete(null);
            assertThat(next()).isEqualTo("WATCHDOG=1\nSTATUS=fine");
        }
    }

    /** One that failed is not one that hangs for ever. */
    @Test
    void beatsGoOnAfterAPulseThatFailed() throws InterruptedException {
        int[] beats = {0};
        try (ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", socket(), "WATCHDOG_USEC", "300000"))) {
            manager.watch(
                    () -> switch (beats[0]++) {
                        case 0 -> CompletableFuture.failedFuture(new IllegalStateException("down"));
                        case 1 -> throw new RejectedExecutionException("down");
                        default -> CompletableFuture.completedFuture(null);
                    },
                    () -> "fine");

            assertThat(next()).isEqualTo("WATCHDOG=1\nSTATUS=fine");
        }
    }

    /** Whoever pulses is not kept by a systemd that does not listen, and is heard again by one that is back. */
    @Test
    void socketThatIsMadeAnewIsFound() throws InterruptedException {
        try (ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", socket()))) {
            manager.ready("before");
            assertThat(next()).endsWith("before");
            systemd.close().syncUninterruptibly();
            folder.resolve("notify").toFile().delete();
            manager.ready("meanwhile");
            listen();
            manager.ready("after");
            assertThat(next())
                    .satisfiesAnyOf(
                            word -> assertThat(word).endsWith("meanwhile"),
                            word -> assertThat(word).endsWith("after"));
        }
    }

    @Test
    void watchdogOfAnotherProcessIsNotFed() throws InterruptedException {
        Map<String, String> environment =
                Map.of("NOTIFY_SOCKET", socket(), "WATCHDOG_USEC", "300000", "WATCHDOG_PID", "1");
        try (ServiceManager manager = ServiceManager.of(environment)) {
            manager.watch(() -> CompletableFuture.completedFuture(null), () -> "fine");

            assertThat(told.poll(1, TimeUnit.SECONDS)).isNull();
        }
    }

    @Test
    void nobodyIsToldWhereNobodyAsks() {
        try (ServiceManager manager = ServiceManager.of(Map.of())) {
            manager.ready("listening");
            manager.watch(() -> CompletableFuture.completedFuture(null), () -> "fine");
            manager.stopping();
        }
        assertThat(told).isEmpty();
    }

    @Test
    void socketThatIsGoneIsNoFault() {
        try (ServiceManager manager =
                ServiceManager.of(Map.of("NOTIFY_SOCKET", folder.resolve("gone").toString()))) {
            manager.ready("listening");
        }
        assertThat(told).isEmpty();
    }

    private String socket() {
        return folder.resolve("notify").toString();
    }

    private String next() throws InterruptedException {
        return told.poll(SECONDS, TimeUnit.SECONDS);
    }
}
