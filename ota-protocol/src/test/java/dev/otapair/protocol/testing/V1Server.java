package dev.otapair.protocol.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A v1 server as the deployed Python program behaves: a thread per connection, one {@code recv(1024)} per message, no
 * state. It answers {@code header} and {@code package} before and after a failed handshake, ignores unknown verbs, and
 * closes on what does not parse. Listens on a free loopback port.
 */
public final class V1Server implements AutoCloseable {
    private static final int RECV_BYTES = 1024;
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int PIECE_BYTES = 64 * 1024;

    private final ServerSocket listener;
    private final Workers workers = new Workers();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<String> requests = new ArrayList<>();
    private volatile V1Offer offer;
    private int connections;

    /** Starts to listen. */
    public V1Server(V1Offer offer) throws IOException {
        this.offer = offer;
        this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        workers.start("v1-server-accept", this::accept);
    }

    /** Returns where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    /** Changes the offer; connections that are open keep theirs, as the Python server reads config.ini per connection. */
    public void offer(V1Offer other) {
        offer = other;
    }

    /** Returns the text of each message received so far, over all connections, in order of arrival. */
    public List<String> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    /** Returns the number of connections accepted so far. */
    public int connections() {
        synchronized (requests) {
            return connections;
        }
    }

    /** Blocks until this many messages were received; fails after 20 s. */
    public List<String> awaitRequests(int count) throws InterruptedException {
        long end = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
        synchronized (requests) {
            while (requests.size() < count) {
                long millis = (end - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    throw new AssertionError("expected %d requests, received %s".formatted(count, requests));
                }
                requests.wait(millis);
            }
            return List.copyOf(requests);
        }
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
                Socket socket = listener.accept();
                sockets.add(socket);
                synchronized (requests) {
                    connections++;
                }
                workers.start("v1-server-" + socket.getPort(), () -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        V1Offer current = offer;
        try (socket) {
            if (workers.isClosed()) {
                return;
            }
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.setTcpNoDelay(true);
            byte[] buffer = new byte[RECV_BYTES];
            int length = socket.getInputStream().read(buffer);
            while (length > 0 && answer(socket, current, Arrays.copyOf(buffer, length))) {
                length = socket.getInputStream().read(buffer);
            }
        } catch (IOException e) {
            // The Python server's thread ends with a traceback here, and the connection with it.
        } finally {
            sockets.remove(socket);
        }
    }

    /** Answers what one recv returned; says whether the connection goes on. */
    private boolean answer(Socket socket, V1Offer current, byte[] received) throws IOException {
        record(new String(received, StandardCharsets.UTF_8));
        Map<String, Object> message;
        try {
            message = PythonJson.loads(received);
        } catch (IllegalArgumentException e) {
            return false;
        }
        OutputStream out = socket.getOutputStream();
        switch (String.valueOf(message.get("request"))) {
            case "handshake" -> {
                boolean isRight =
                        message.get("data") instanceof Map<?, ?> data && current.token.equals(data.get("security"));
                out.write(
                        isRight
                                ? response("connected", Map.of())
                                : response("error", Map.of("reason", "Security code check failed.")));
            }
            case "header" -> out.write(response("header", Map.of("latest", current.latest)));
            case "package" -> {
                return sendPackage(socket, current);
            }
            case "exit" -> {
                return false;
            }
            default -> {
                // Unknown verbs get no answer at all.
            }
        }
        return true;
    }

    private boolean sendPackage(Socket socket, V1Offer current) throws IOException {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("latest", current.latest);
        data.put("size", current.size.orElse(Long.toString(current.payloadSize)));
        data.put("md5", current.md5.isPresent() ? current.md5.get() : md5(current));
        byte[] announcement = response("package", data);
        Optional<byte[]> prefix = current.isJoined ? Optional.of(announcement) : Optional.empty();
        if (prefix.isEmpty()) {
            socket.getOutputStream().write(announcement);
            if (!workers.pause(current.gap)) {
                return false;
            }
        }
        sendPayload(socket.getOutputStream(), current, prefix.orElse(new byte[0]));
        return switch (current.ending) {
            case COMPLETE -> true;
            case FIN -> false;
            case RESET -> {
                socket.setSoLinger(true, 0);
                yield false;
            }
            case SILENCE -> {
                socket.setSoTimeout(0);
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                yield false;
            }
        };
    }

    private static void sendPayload(OutputStream out, V1Offer current, byte[] prefix) throws IOException {
        long left = Math.min(current.payloadSize, current.endsAfter);
        byte[] joined = prefix;
        try (InputStream payload = current.payload.open()) {
            while (left > 0 || joined.length > 0) {
                byte[] piece = payload.readNBytes((int) Math.min(PIECE_BYTES, left));
                if (piece.length == 0 && left > 0) {
                    throw new IOException("the payload is shorter than it was");
                }
                left -= piece.length;
                ByteArrayOutputStream whole = new ByteArrayOutputStream(joined.length + piece.length);
                whole.writeBytes(joined);
                whole.writeBytes(piece);
                out.write(whole.toByteArray());
                joined = new byte[0];
            }
        }
    }

    private static String md5(V1Offer current) throws IOException {
        try (InputStream payload = current.payload.open()) {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            byte[] buffer = new byte[PIECE_BYTES];
            for (int length = payload.read(buffer); length >= 0; length = payload.read(buffer)) {
                digest.update(buffer, 0, length);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] response(String kind, Map<String, String> data) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("response", kind);
        message.put("data", data);
        return PythonJson.dumps(message).getBytes(StandardCharsets.US_ASCII);
    }

    private void record(String text) {
        synchronized (requests) {
            requests.add(text);
            requests.notifyAll();
        }
    }
}
