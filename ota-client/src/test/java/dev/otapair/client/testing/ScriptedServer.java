package dev.otapair.client.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that answers the first request of each connection with the first of some texts, the second with the second,
 * and says nothing more after the last one. For what no real server says.
 */
public final class ScriptedServer implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final ServerSocket listener;
    private final List<String> answers;
    private final AtomicInteger connections = new AtomicInteger();
    private final Thread thread = new Thread(this::serve, "scripted-server");

    /** Starts to listen on a free port of 127.0.0.1. */
    public ScriptedServer(String... answers) throws IOException {
        this(InetAddress.getByName("127.0.0.1"), answers);
    }

    /** Starts to listen on a free port of this address. */
    public ScriptedServer(InetAddress address, String... answers) throws IOException {
        this.answers = List.of(answers);
        this.listener = new ServerSocket(0, 16, address);
        thread.setDaemon(true);
        thread.start();
    }

    /** Returns a v1 server's answer to a hello: the client goes on with the plain handshake. */
    public static String legacy() {
        return "{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}";
    }

    /** Returns the answer to a good handshake. */
    public static String connected() {
        return "{\"response\": \"connected\", \"data\": {}}";
    }

    /** Returns the offer of {@code name}, which is put in as it is: escape it. */
    public static String header(String name) {
        return "{\"response\": \"header\", \"data\": {\"latest\": \"" + name + "\"}}";
    }

    /** Returns the announcement of a package; all values are put in as they are. */
    public static String announcement(String name, String size, String md5) {
        return "{\"response\": \"package\", \"data\": {\"latest\": \"%s\", \"size\": \"%s\", \"md5\": \"%s\"}}"
                .formatted(name, size, md5);
    }

    /** Returns where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    /** Returns the number of connections accepted so far. */
    public int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void serve() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                connections.incrementAndGet();
                socket.setSoTimeout(TIMEOUT_MILLIS);
                answer(socket);
            } catch (IOException e) {
                // The client went, or the test is over.
            }
        }
    }

    private void answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] received = new byte[1024];
        for (String text : answers) {
            if (in.read(received) < 0) {
                return;
            }
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        }
        in.transferTo(OutputStream.nullOutputStream());
    }
}
