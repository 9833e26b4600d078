package dev.otapair.protocol.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A v1 client as the deployed Python program behaves: each message is what one {@code recv(1024)} returned, parsed whole
 * as it came. A message that arrives in pieces, or joined to payload, is therefore a failure: that is the point.
 */
public final class V1Client implements AutoCloseable {
    /** {@code buffer_size} of the deployed config.ini. */
    public static final int RECV_BYTES = 1024;

    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket = new Socket();

    /** Connects; every read fails after 20 s. */
    public V1Client(InetSocketAddress server) throws IOException {
        connect(server);
    }

    /**
     * As above.
     *
     * @param receiveBufferBytes SO_RCVBUF, set before connecting so that the window follows it
     */
    public V1Client(InetSocketAddress server, int receiveBufferBytes) throws IOException {
        socket.setReceiveBufferSize(receiveBufferBytes);
        connect(server);
    }

    /** What a package response said; {@code size} as {@code int(data["size"])} reads it. */
    public record PackageInfo(String name, long size, String md5) {}

    /** How a whole run ended. */
    public enum Ending {
        /** The package was received and its MD5 is the announced one. */
        UPDATED,
        /** The server offers what is installed. */
        UP_TO_DATE,
        /** The server answered {@code error}; the detail is its reason. */
        REFUSED,
        /** The bytes received do not have the announced MD5. */
        DAMAGED,
        /** The connection ended by FIN in mid-package: the Python client now spins for ever at full CPU. */
        SPINS_FOR_EVER,
        /** The connection ended by RST: the Python client dies of it and a supervisor can start it again. */
        RESET
    }

    /**
     * What a whole run came to.
     *
     * @param detail the name on offer, or the reason of a refusal
     * @param received payload bytes
     */
    public record Outcome(Ending ending, String detail, long received) {}

    /** Runs the Python client's whole session: handshake, header, and, for another name, package; then exit. */
    public Outcome update(String token, String installedLatest, OutputStream out) throws IOException {
        DigestOutputStream payload = new DigestOutputStream(out, md5());
        CountingStream counted = new CountingStream(payload);
        try {
            V1Message connected = request("handshake", Map.of("security", token));
            if (connected.kind().equals("error")) {
                return refused(connected);
            }
            V1Message header = request("header", Map.of());
            if (header.kind().equals("error")) {
                return refused(header);
            }
            String latest = header.get("latest");
            if (latest.equals(installedLatest)) {
                exit();
                return new Outcome(Ending.UP_TO_DATE, latest, 0);
            }
            V1Message announced = request("package", Map.of());
            if (announced.kind().equals("error")) {
                return refused(announced);
            }
            PackageInfo info = info(announced);
            if (receive(counted, info.size()) < info.size()) {
                return new Outcome(Ending.SPINS_FOR_EVER, latest, counted.count);
            }
            exit();
            String actual = HexFormat.of().formatHex(payload.getMessageDigest().digest());
            return new Outcome(actual.equals(info.md5()) ? Ending.UPDATED : Ending.DAMAGED, latest, counted.count);
        } catch (SocketException e) {
            return new Outcome(Ending.RESET, String.valueOf(e.getMessage()), counted.count);
        }
    }

    /** Sends a handshake and receives its answer, whatever that is. */
    public V1Message handshake(String token) throws IOException {
        return request("handshake", Map.of("security", token));
    }

    /** Asks for the name on offer. */
    public String header() throws IOException {
        return expect("header", request("header", Map.of())).get("latest");
    }

    /** Asks for the package; its bytes are to be read by {@link #receive}. */
    public PackageInfo packageInfo() throws IOException {
        return info(expect("package", request("package", Map.of())));
    }

    /** Receives payload by {@code recv(1024)}; returns how many bytes came, fewer than {@code size} only after FIN. */
    public long receive(OutputStream out, long size) throws IOException {
        byte[] buffer = new byte[RECV_BYTES];
        long received = 0;
        while (received < size) {
            int length = socket.getInputStream().read(buffer, 0, (int) Math.min(buffer.length, size - received));
            if (length < 0) {
                return received;
            }
            out.write(buffer, 0, length);
            received += length;
        }
        return received;
    }

    /** Says goodbye; has no answer. */
    public void exit() throws IOException {
        send(message("exit", Map.of()));
    }

    /** Sends a request and receives its answer. */
    public V1Message request(String verb, Map<String, String> data) throws IOException {
        send(message(verb, data));
        return recvMessage();
    }

    /** Writes raw bytes in one write. */
    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** Writes raw text in one write. */
    public void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Receives one message as the Python client does: one recv, parsed whole. */
    public V1Message recvMessage() throws IOException {
        byte[] buffer = new byte[RECV_BYTES];
        int length = socket.getInputStream().read(buffer);
        if (length < 0) {
            throw new AssertionError("expected a message, the server closed the connection");
        }
        byte[] received = Arrays.copyOf(buffer, length);
        String text = new String(received, StandardCharsets.UTF_8);
        try {
            Map<String, Object> message = PythonJson.loads(received);
            Map<String, String> data = new HashMap<>();
            if (message.get("data") instanceof Map<?, ?> members) {
                members.forEach((name, value) -> {
                    if (value instanceof String string) {
                        data.put(name.toString(), string);
                    }
                });
            }
            return new V1Message(text, String.valueOf(message.get("response")), data);
        } catch (IllegalArgumentException e) {
            throw new AssertionError(
                    "one recv of a v1 client returned %d bytes that are not one JSON object: '%s'"
                            .formatted(length, text),
                    e);
        }
    }

    /** Receives raw bytes by one recv; an empty array is the end. */
    public byte[] recv() throws IOException {
        byte[] buffer = new byte[RECV_BYTES];
        int length = socket.getInputStream().read(buffer);
        return Arrays.copyOf(buffer, Math.max(0, length));
    }

    /** Ends this end's sending; receiving goes on. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Blocks until the server's FIN; fails when bytes or a RST come first. */
    public void awaitEof() throws IOException {
        try {
            byte[] received = recv();
            if (received.length > 0) {
                throw new AssertionError("expected the end of the connection, received '%s'"
                        .formatted(new String(received, StandardCharsets.UTF_8)));
            }
        } catch (SocketException e) {
            throw new AssertionError("expected FIN, the connection ended by " + e.getMessage(), e);
        }
    }

    /** Blocks until the server's RST, dropping what bytes come before it; fails when a FIN comes first. */
    public void awaitReset() throws IOException {
        try {
            while (recv().length > 0) {
                continue;
            }
        } catch (SocketException e) {
            return;
        }
        throw new AssertionError("expected RST, the connection ended by FIN");
    }

    /** Returns this end's address, as the server sees it. */
    public InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    /** Changes how long a read may take, 20 s to start with. */
    public void setTimeoutMillis(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /** Dies: the server gets a RST. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void connect(InetSocketAddress server) throws IOException {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(server, TIMEOUT_MILLIS);
    }

    private Outcome refused(V1Message error) throws IOException {
        exit();
        return new Outcome(Ending.REFUSED, error.get("reason"), 0);
    }

    private static PackageInfo info(V1Message announced) {
        return new PackageInfo(announced.get("latest"), Long.parseLong(announced.get("size")), announced.get("md5"));
    }

    private static V1Message expect(String kind, V1Message message) {
        if (!message.kind().equals(kind)) {
            throw new AssertionError("expected %s, received %s".formatted(kind, message.text()));
        }
        return message;
    }

    private static byte[] message(String verb, Map<String, String> data) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("request", verb);
        message.put("data", data);
        return PythonJson.dumps(message).getBytes(StandardCharsets.US_ASCII);
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class CountingStream extends OutputStream {
        private final OutputStream out;
        private long count;

        CountingStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            count += length;
        }
    }
}
