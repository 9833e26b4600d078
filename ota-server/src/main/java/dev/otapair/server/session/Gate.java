package dev.otapair.server.session;

import dev.otapair.protocol.log.Loggers;
import dev.otapair.server.config.ServerConfig;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Counts connections before anything is read from them. An address with too many is turned away; when there are too many
 * in all, the listener waits, and the kernel's queue holds who comes meanwhile. Thread-safe.
 *
 * @see "PROTOCOL.md, section 5.3: Admission"
 */
public final class Gate {
    private static final Logger LOG = Loggers.of(Gate.class);

    private final Map<InetAddress, Integer> byAddress = new HashMap<>();
    private int open;
    private ServerConfig.Limits limits;

    /** The listener that waits for a connection to end; the last one, if the server has moved to another port. */
    private Optional<Channel> paused = Optional.empty();

    /** @param limits may be changed later by {@link #adjust} */
    public Gate(ServerConfig.Limits limits) {
        this.limits = limits;
    }

    /** Takes over other limits; connections that are open stay, and those that wait may come in. */
    public synchronized void adjust(ServerConfig.Limits other) {
        limits = other;
        resumeIfThereIsRoom();
    }

    /**
     * Lets a new connection in, or closes it.
     *
     * @param listener paused while there are as many connections as there may be
     * @return whether it may go on
     */
    public boolean admit(Channel connection, Channel listener) {
        InetAddress address = addressOf(connection);
        if (!enter(address, listener)) {
            LOG.warn("{} turned away: max_per_address = {}", Peer.of(connection), limits.maxPerAddress());
            connection.unsafe().closeForcibly();
            return false;
        }
        connection.closeFuture().addListener(closed -> leave(address));
        return true;
    }

    private synchronized boolean enter(InetAddress address, Channel listener) {
        int ofAddress = byAddress.getOrDefault(address, 0);
        if (limits.maxPerAddress() > 0 && ofAddress >= limits.maxPerAddress()) {
            return false;
        }
        byAddress.put(address, ofAddress + 1);
        open++;
        if (open >= limits.maxConnections() && listener.config().isAutoRead()) {
            LOG.warn("{} connections are open: max_connections is reached, new ones wait", open);
            listener.config().setAutoRead(false);
            paused = Optional.of(listener);
        }
        return true;
    }

    private synchronized void leave(InetAddress address) {
        byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
        open--;
        resumeIfThereIsRoom();
    }

    private void resumeIfThereIsRoom() {
        if (open < limits.maxConnections()) {
            paused.ifPresent(listener -> listener.config().setAutoRead(true));
            paused = Optional.empty();
        }
    }

    private static InetAddress addressOf(Channel connection) {
        return connection.remoteAddress() instanceof InetSocketAddress internet
                ? internet.getAddress()
                : InetAddress.getLoopbackAddress();
    }
}
