package dev.otapair.server;

import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.log.Loggers;
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
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Tells systemd how the daemon is doing, where that has started it and wants to know. What cannot be told is in nobody's way: all is told by
 * a thread of its own, in the order of the calls. Thread-safe.
 *
 * @see "sd_notify(3)"
 */
public final class ServiceManager implements AutoCloseable {
    private static final Logger LOG = Loggers.of(ServiceManager.class);
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

    /** Whether the last message did not get through; the clock's thread. */
    private boolean hasFailed;

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
     * @param status told with each beat
     */
    public void watch(Supplier<CompletionStage<Void>> pulse, Supplier<String> status) {
        if (line.isEmpty() || watchdog.isEmpty()) {
            return;
        }
        long millis = Math.max(MIN_PULSE_MILLIS, watchdog.get().toMillis() / PULSES);
        AtomicBoolean isAwaited = new AtomicBoolean();
        clock.scheduleAtFixedRate(() -> beat(pulse, status, isAwaited), 0, millis, TimeUnit.MILLISECONDS);
    }

    /** What was asked to be told before is told, if that takes no longer than a few seconds. */
    @Override
    public void close() {
        clock.shutdown();
        try {
            if (!clock.awaitTermination(SEND_SECONDS, TimeUnit.SECONDS)) {
                clock.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        line.ifPresent(Line::close);
    }

    /** A pulse that is not back yet is waited for, and no other one begun. */
    private void beat(Supplier<CompletionStage<Void>> pulse, Supplier<String> status, AtomicBoolean isAwaited) {
        if (!isAwaited.compareAndSet(false, true)) {
            return;
        }
        try {
            pulse.get().whenComplete((gone, failure) -> {
                isAwaited.set(false);
                if (failure == null) {
                    tell("WATCHDOG=1", "STATUS=" + status.get());
                }
            });
        } catch (RuntimeException e) {
            // A loop that takes no more work is going down. The next beat asks again.
            isAwaited.set(false);
        }
    }

    private void tell(String... assignments) {
        if (line.isPresent()) {
            try {
                clock.execute(() -> send(line.get(), Arrays.asList(assignments)));
            } catch (RejectedExecutionException e) {
                LOG.debug("closed; systemd is not told {}", assignments[0]);
            }
        }
    }

    /** The first failure of a row is told: the others say nothing new. */
    private void send(Line way, List<String> assignments) {
        try {
            way.send(assignments);
            hasFailed = false;
        } catch (IOException | RuntimeException e) {
            if (!hasFailed) {
                LOG.warn(
                        "systemd cannot be told {}: {}; where that goes on, look at Type and NotifyAccess of the service",
                        assignments.get(0),
                        Causes.why(e));
            }
            hasFailed = true;
        }
    }

    private static Optional<Line> lineTo(String path) {
        boolean isFile = path.startsWith("/");
        return Optional.of(isFile && Epoll.isAvailable() ? new SocketLine(path) : new ProgramLine());
    }

    /** Java has no datagrams of Unix's kind; Netty has. Connected for each message, as sd_notify(3) does: who listens may have been replaced. */
    private static final class SocketLine implements Line {
        private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        private final DomainSocketAddress address;

        SocketLine(String path) {
            address = new DomainSocketAddress(path);
        }

        @Override
        public void send(List<String> assignments) throws IOException {
            Channel channel = succeeded(new Bootstrap()
                            .group(loop)
                            .channel(EpollDomainDatagramChannel.class)
                            .handler(new ChannelInboundHandlerAdapter())
                            .connect(address))
                    .channel();
            try {
                succeeded(channel.writeAndFlush(
                        Unpooled.copiedBuffer(String.join("\n", assignments), StandardCharsets.UTF_8)));
            } finally {
                channel.close().awaitUninterruptibly(SEND_SECONDS, TimeUnit.SECONDS);
            }
        }

        private ChannelFuture succeeded(ChannelFuture step) throws IOException {
            if (!step.awaitUninterruptibly(SEND_SECONDS, TimeUnit.SECONDS)) {
                step.channel().close();
                throw new IOException("nobody takes it");
            }
            if (!step.isSuccess()) {
                throw new IOException("%s: %s".formatted(address.path(), Causes.why(step.cause())), step.cause());
            }
            return step;
        }

        @Override
        public void close() {
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
