package dev.otapair.client.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/**
 * Somebody between client and server who understands messages: passes them on, alters them, answers them himself, and
 * remembers all of it. Package bytes go through as they are. Inside TLS where he is given sockets of that kind.
 */
public final class Mitm implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final Pattern LENGTH = Pattern.compile("^\\{\"response\":\"package\".*\"length\":(\\d+)[,}]");

    /** What he does. Messages are counted from 0 on each connection, in each direction. */
    public interface Mode {
        /** Only listens. */
        Mode LISTEN = new Mode() {};

        /** Returns what the server gets in place of a client's message. */
        default String request(int number, String message) {
            return message;
        }

        /** Returns what the client gets in place of a server's message. */
        default String response(int number, String message) {
            return message;
        }

        /** Answers a client's message in place of the server, which does not get it then. */
        default Optional<String> answer(int number, String message) {
            return Optional.empty();
        }
    }

    private final ServerSocket listener;
    private final SocketFactory upstream;
    private final InetSocketAddress target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ByteArrayOutputStream toServer = new ByteArrayOutputStream();
    private final ByteArrayOutputStream toClient = new ByteArrayOutputStream();
    private final List<String> responses = new CopyOnWriteArrayList<>();
    private volatile Mode mode;

    /** Starts to listen on a free port of 127.0.0.1. */
    public Mitm(InetSocketAddress target, Mode mode) throws IOException {
        this(target, mode, ServerSocketFactory.getDefault(), SocketFactory.getDefault());
    }

    /** As above, with sockets of other kinds to the client and to the server. */
    public Mitm(InetSocketAddress target, Mode mode, ServerSocketFactory downstream, SocketFactory upstream)
            throws IOException {
        this.target = target;
        this.mode = mode;
        this.upstream = upstream;
        this.listener = downstream.createServerSocket(0, 16, InetAddress.getByName("127.0.0.1"));
        start("mitm-accept", this::accept);
    }

    /** Does something else with the connections to come. */
    public void mode(Mode other) {
        mode = other;
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    /** Returns every byte of clients that reached him, over all connections. */
    public byte[] heardOfClients() {
        synchronized (toServer) {
            return toServer.toByteArray();
        }
    }

    /** Returns every byte of the server that reached him, over all connections. */
    public byte[] heardOfServer() {
        synchronized (toClient) {
            return toClient.toByteArray();
        }
    }

    /** Returns every message of the server that reached him, over all connections. */
    public List<String> responses() {
        return List.copyOf(responses);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                start("mitm", () -> link(client, mode));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void link(Socket client, Mode current) {
        sockets.add(client);
        try (client;
                Socket server = upstream.createSocket(target.getAddress(), target.getPort())) {
            sockets.add(server);
            client.setSoTimeout(TIMEOUT_MILLIS);
            server.setSoTimeout(TIMEOUT_MILLIS);
            start("mitm-to-client", () -> passAnswers(server, client, current));
            passRequests(client, server, current);
        } catch (IOException e) {
            // One of them went.
        }
    }

    private void passRequests(Socket client, Socket server, Mode current) throws IOException {
        Frames frames = new Frames(new Recorded(client.getInputStream(), toServer));
        int number = 0;
        for (Optional<byte[]> next = frames.next(); next.isPresent(); next = frames.next()) {
            String message = text(next.get());
            Optional<String> answer = current.answer(number, message);
            if (answer.isPresent()) {
                write(client, answer.get());
            } else {
                write(server, current.request(number, message));
            }
            number++;
        }
    }

    private void passAnswers(Socket server, Socket client, Mode current) {
        try (client) {
            InputStream in = new Recorded(new BufferedInputStream(server.getInputStream()), toClient);
            Frames frames = new Frames(in);
            int number = 0;
            for (Optional<byte[]> next = frames.next(); next.isPresent(); next = frames.next()) {
                String message = text(next.get());
                responses.add(message);
                write(client, current.response(number, message));
                number++;
                Matcher announced = LENGTH.matcher(message);
                if (announced.find()) {
                    passBody(in, client.getOutputStream(), Long.parseLong(announced.group(1)));
                }
            }
        } catch (IOException e) {
            // One of them went.
        }
    }

    private static void passBody(InputStream in, OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        long left = length;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                return;
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    private static void write(Socket socket, String message) throws IOException {
        socket.getOutputStream().write(message.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(byte[] message) {
        return new String(message, StandardCharsets.UTF_8);
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static final class Recorded extends InputStream {
        private final InputStream in;
        private final ByteArrayOutputStream record;

        Recorded(InputStream in, ByteArrayOutputStream record) {
            this.in = in;
            this.record = record;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, length);
            if (read > 0) {
                synchronized (record) {
                    record.write(buffer, offset, read);
                }
            }
            return read;
        }
    }
}
