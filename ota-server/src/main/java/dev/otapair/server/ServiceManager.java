package dev.otapair.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the daemon is doing, where that has started it and wants to know. What cannot be told is in nobody's way.
 * Thread-safe; told in the order of the calls of one thread.
 *
 * @see "sd_notify(3)"
 */
public final class ServiceManager implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);
    private static final String SOCKET = "NOTIFY_SOCKET";
    private static final String WATCHDOG = "WATCHDOG_USEC";
    private static final String WATCHED = "WATCHDOG_PID";

    /** Of the time that systemd waits: a pulse may be late once. */
    private static final int PULSES = 3;

    private static final long MIN_PULSE_MILLIS = 100;
    private static final long SEND_SECONDS = 5;

    private final Optional<Line> line;
    private final Optional<Duration> watchdog;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "service-manager");
        thread.setDaemon(true);
        return thread;
    });

    /** A way to systemd. */
    private interface Line extends AutoCloseable {
        void send(List<String> assignments) throws IOException;

        @Override
        void close();
    }

    private ServiceManager(Optional<Line> line, Optional<Duration> watchdog) {
        this.line = line;
        this.watchdog = watchdog;
    }

    /** @param environment of this process */
    public static ServiceManager of(Map<String, String> environment) {
        Optional<String> socket = Optional.ofNullable(environment.get(SOCKET))
                .filter(path -> path.startsWith("/") || path.startsWith("@"));
        boolean isForUs = Optional.ofNullable(environment.get(WATCHED))
                .map(pid -> pid.equals(Long.toString(ProcessHandle.current().pid())))
                .orElse(true);
        Optional<Duration> watchdog = Optional.ofNullable(environment.get(WATCHDOG))
                .filter(micros -> isForUs && micros.matches("[1-9][0-9]{0,14}"))
                .map(micros -> Duration.of(Long.parseLong(micros), ChronoUnit.MICROS));
        return new ServiceManager(socket.flatMap(ServiceManager::lineTo), watchdog);
    }

    /** The daemon serves boards: for the first time, or again after {@link #reloading}. */
    public void ready(String status) {
        tell("READY=1", "STATUS=" + status);
    }

    /** The configuration is being read again. */
    public void reloading() {
        // The clock that systemd goes by is the one that Java counts nanoseconds with on Linux.
        tell("RELOADING=1", "MONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
    }

    /** No more boards are admitted. */
    public void stopping() {
        tell("STOPPING=1", "STATUS=running transfers may finish");
    }

    /**
     * Lets systemd start the daemon anew when it hangs. Does nothing where that is not asked for.
     *
     * @param pulse completes when all that has to go on has gone on since the call
     */
    public void watch(Supplier<CompletionStage<Void>> pulse) {
        if (line.isEmpty() || watchdog.isEmpty()) {
            return;
        }
        long millis = Math.max(MIN_PULSE_MILLIS, watchdog.get().toMillis() / PULSES);
        AtomicBoolean isAwaited = new AtomicBoolean();
        clock.scheduleAtFixedRate(
                () -> {
                    if (isAwaited.compareAndSet(false, true)) {
                        pulse.get().thenRun(() -> {
                            isAwaited.set(false);
                            tell("WATCHDOG=1");
                        });
                    }
                },
                0,
                millis,
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        clock.shutdownNow();
        line.ifPresent(Line::close);
    }

    private void tell(String... assignments) {
        line.ifPresent(way -> {
            try {
                way.send(Arrays.asList(assignments));
            } catch (IOException e) {
                LOG.warn("systemd cannot be told {}: {}", assignments[0], e.getMessage());
            }
        });
    }

    private static Optional<Line> lineTo(String path) {
        boolean isFile = path.startsWith("/");
        try {
            return Optional.of(isFile && Epoll.isAvailable() ? SocketLine.to(path) : new ProgramLine());
        } catch (IOException e) {
            LOG.warn("systemd cannot be told anything: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Java has no datagrams of Unix's kind; Netty has. */
    private record SocketLine(EventLoopGroup loop, Channel channel) implements Line {
        static SocketLine to(String path) throws IOException {
            EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
            ChannelFuture connected = new Bootstrap()
                    .group(loop)
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(new DomainSocketAddress(path))
                    .awaitUninterruptibly();
            if (!connected.isSuccess()) {
                loop.shutdownGracefully(0, SEND_SECONDS, TimeUnit.SECONDS);
                throw new IOException(path + ": " + connected.cause().getMessage(), connected.cause());
            }
            return new SocketLine(loop, connected.channel());
        }

        @Override
        public void send(List<String> assignments) throws IOException {
            ChannelFuture sent = channel.writeAndFlush(
                    Unpooled.copiedBuffer(String.join("\n", assignments), StandardCharsets.UTF_8));
            if (!sent.awaitUninterruptibly(SEND_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("nobody takes it");
            }
            if (!sent.isSuccess()) {
                throw new IOException(sent.cause().getMessage(), sent.cause());
            }
        }

        @Override
        public void close() {
            channel.close().awaitUninterruptibly(SEND_SECONDS, TimeUnit.SECONDS);
            loop.shutdownGracefully(0, SEND_SECONDS, TimeUnit.SECONDS)
                    .awaitUninterruptibly(SEND_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** For processors that Netty has no native code for, and for sockets without a file: systemd's own program. */
    private record ProgramLine() implements Line {
        @Override
        public void send(List<String> assignments) throws IOException {
            List<String> command = new ArrayList<>(List.of("systemd-notify"));
            command.addAll(assignments);
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                if (!process.waitFor(SEND_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new IOException("systemd-notify does not end");
                }
                if (process.exitValue() != 0) {
                    throw new IOException("systemd-notify ended with status " + process.exitValue());
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }

        /** Nothing is held. */
        @Override
        public void close() {}
    }
}
