package dev.otapair.protocol.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP proxy on a free loopback port that damages what it passes by a {@link FaultPlan} per direction, and records what
 * the peers sent. FIN and RST of one peer reach the other as what they are. Its sockets have no timeout of their own, so
 * that an idle direction does not end a busy one: {@link #close} ends them.
 */
public final class FaultProxy implements AutoCloseable {
    /** What is kept of each direction, over all connections; counting goes on beyond it. */
    public static final int MAX_RECORDED_BYTES = 4 * 1024 * 1024;

    private static final int CONNECT_MILLIS = 20_000;

    /** What counts as passed though a reset drops it: without a bound, all that a slow client has not taken yet. */
    private static final int MAX_UNSENT_BYTES = 16 * 1024;

    private final ServerSocket listener;
    private final InetSocketAddress target;
    private final Workers workers = new Workers();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Recording toServer = new Recording();
    private final Recording toClient = new Recording();
    private final AtomicInteger connections = new AtomicInteger();
    private final Queue<Plans> once = new ConcurrentLinkedQueue<>();
    private volatile Plans plans;
    private volatile Optional<InetAddress> source = Optional.empty();

    private record Plans(FaultPlan toServer, FaultPlan toClient) {}

    /** Starts to listen. */
    public FaultProxy(InetSocketAddress target, FaultPlan toServer, FaultPlan toClient) throws IOException {
        this.target = target;
        this.plans = new Plans(toServer, toClient);
        this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        workers.start("fault-proxy-accept", this::accept);
    }

    /** Returns where clients connect. */
    public InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    /** Changes the plans of the connections that are accepted from now on. */
    public void plan(FaultPlan toServer, FaultPlan toClient) {
        plans = new Plans(toServer, toClient);
    }

    /**
     * Plans one connection more, before those of {@link #plan}: called three times, the next three connections get these plans in
     * order.
     */
    public void planOnce(FaultPlan toServer, FaultPlan toClient) {
        once.add(new Plans(toServer, toClient));
    }

    /** Forgets what {@link #planOnce} planned and nobody came for. */
    public void forgetPlansOnce() {
        once.clear();
    }

    /** Goes to the server from another address of this machine from now on: for servers that judge their peers by it. */
    public void from(InetAddress address) {
        source = Optional.of(address);
    }

    /** Returns what clients sent, as they sent it, up to {@link #MAX_RECORDED_BYTES}. */
    public byte[] sentToServer() {
        return toServer.bytes();
    }

    /** Returns what the server sent, as it sent it, up to {@link #MAX_RECORDED_BYTES}. */
    public byte[] sentToClient() {
        return toClient.bytes();
    }

    /** Returns how many bytes were passed on to the server. */
    public long passedToServer() {
        return toServer.passed();
    }

    /** Returns how many bytes were passed on to clients. */
    public long passedToClient() {
        return toClient.passed();
    }

    /** Returns the number of connections accepted so far. */
    public int connections() {
        return connections.get();
    }

    /** Closes the listener and every connection, and waits for the threads. */
    @Override
    public void close() throws IOException {
        workers.signalClose();
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        workers.close();
    }

    private void accept() {
        while (!workers.isClosed()) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                int number = connections.incrementAndGet();
                Plans current = Optional.ofNullable(once.poll()).orElse(plans);
                workers.start("fault-proxy-" + number, () -> link(number, client, current));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void link(int number, Socket client, Plans current) {
        Socket server = new Socket();
        sockets.add(server);
        try {
            client.setTcpNoDelay(true);
            if (current.toClient.cut.filter(cut -> cut == FaultPlan.Cut.RESET).isPresent()) {
                client.setSendBufferSize(MAX_UNSENT_BYTES);
            }
            server.setTcpNoDelay(true);
            if (source.isPresent()) {
                server.bind(new InetSocketAddress(source.get(), 0));
            }
            server.connect(target, CONNECT_MILLIS);
        } catch (IOException e) {
            reset(client);
            reset(server);
            return;
        }
        Link link = new Link(client, server);
        if (workers.isClosed()) {
            link.resetBoth();
            return;
        }
        workers.start(
                "fault-proxy-" + number + "-to-client",
                () -> link.pump(new Direction(server, client, current.toClient, toClient)));
        link.pump(new Direction(client, server, current.toServer, toServer));
    }

    private void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed already.
        }
        close(socket);
    }

    private void close(Socket socket) {
        sockets.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            // There is nothing left to do for it.
        }
    }

    private record Direction(Socket source, Socket sink, FaultPlan plan, Recording recording) {}

    /** The two connections of one client. */
    private final class Link {
        private final Socket client;
        private final Socket server;
        private int ended;
        private volatile boolean isCutByFin;
        private volatile boolean isSilent;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Direction direction) {
            try {
                if (copy(direction)) {
                    direction.sink.shutdownOutput();
                    endOne();
                }
            } catch (IOException e) {
                if (isCutByFin) {
                    drain(direction.source);
                } else {
                    resetBoth();
                }
            }
        }

        /** Copies until the source's FIN, or the planned end; says whether it was the FIN. */
        private boolean copy(Direction direction) throws IOException {
            FaultPlan plan = direction.plan;
            InputStream in = direction.source.getInputStream();
            byte[] buffer = new byte[plan.pieceBytes()];
            long offset = 0;
            while (true) {
                if (offset >= plan.cutAfter) {
                    cut(direction);
                    return false;
                }
                int length = in.read(buffer, 0, (int) Math.min(buffer.length, plan.cutAfter - offset));
                if (length < 0) {
                    return true;
                }
                direction.recording.sent(buffer, length);
                if (!pace(plan, length)) {
                    return false;
                }
                if (plan.flippedOffset >= offset && plan.flippedOffset < offset + length) {
                    buffer[(int) (plan.flippedOffset - offset)] ^= (byte) (1 << plan.flippedBit);
                }
                write(direction, buffer, length);
                offset += length;
            }
        }

        private boolean pace(FaultPlan plan, int length) {
            Duration rate = plan.bytesPerSecond == 0
                    ? Duration.ZERO
                    : Duration.ofNanos(length * 1_000_000_000L / plan.bytesPerSecond);
            Duration wait = plan.delay.plus(rate);
            return wait.isZero() ? !workers.isClosed() : workers.pause(wait);
        }

        private void write(Direction direction, byte[] buffer, int length) throws IOException {
            OutputStream out = direction.sink.getOutputStream();
            int step = direction.plan.isByteByByte ? 1 : length;
            for (int at = 0; at < length; at += step) {
                direction.recording.passed(step);
                out.write(buffer, at, step);
            }
        }

        private void cut(Direction direction) throws IOException {
            switch (direction.plan.cut.orElseThrow()) {
                case FIN -> {
                    isCutByFin = true;
                    direction.sink.shutdownOutput();
                    close(direction.source);
                }
                case RESET -> resetBoth();
                // This thread ends; nobody reads the source any more. Both stay open until the other direction has
                // ended.
                case SILENCE -> isSilent = true;
            }
        }

        /** Reads what the receiver of a FIN still says: closing a socket that holds unread bytes would send it a RST. */
        private void drain(Socket socket) {
            try {
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // The receiver went by RST.
            }
            close(socket);
        }

        private synchronized void endOne() {
            ended++;
            if (ended == 2 || isSilent) {
                close(client);
                close(server);
            }
        }

        private synchronized void resetBoth() {
            reset(client);
            reset(server);
        }
    }

    private static final class Recording {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private long passed;

        synchronized void sent(byte[] buffer, int length) {
            bytes.write(buffer, 0, Math.min(length, MAX_RECORDED_BYTES - bytes.size()));
        }

        synchronized void passed(int length) {
            passed += length;
        }

        synchronized byte[] bytes() {
            return bytes.toByteArray();
        }

        synchronized long passed() {
            return passed;
        }
    }
}
