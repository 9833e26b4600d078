package dev.otapair.protocol.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLSocket;

/**
 * A v2 client written from PROTOCOL.md, section 7, and from nothing else: it shares no code with the project but the JSON
 * oracle. It does what it is told, right or wrong. Not thread-safe.
 */
public final class V2Client implements AutoCloseable {
    /** What a client says that offers all there is. */
    public static final String CAPS = "[\"resume\",\"plan\"]";

    private static final int TIMEOUT_MILLIS = 20_000;
    private static final String DEFAULT_ID = "board-17";

    /** Keys cost tens of milliseconds each; by token and salt. */
    private static final Map<String, byte[]> KEYS = new HashMap<>();

    private final Socket socket;
    private final InputStream in;
    private byte[] channelBinding = {};
    private byte[] hello = {};
    private byte[] challenge = {};
    private byte[] key;
    private byte[] sessionKey;
    private long sealsSent;
    private long sealsReceived;
    private int writes;

    /** Connects; every read fails after 20 s. */
    public V2Client(InetSocketAddress server) throws IOException {
        this(connected(server, "127.0.0.1", 0));
    }

    /** As above, from an address of this machine, with a receive buffer of this size where it is not 0. */
    public V2Client(InetSocketAddress server, String from, int receiveBufferBytes) throws IOException {
        this(connected(server, from, receiveBufferBytes));
    }

    /** Speaks over a socket that is connected, TLS or not. */
    public V2Client(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        if (socket instanceof SSLSocket tls) {
            channelBinding = sha256(encoded(tls));
        }
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Returns the first message. */
    public static String hello(String id, String caps) {
        byte[] nonce = new byte[16];
        new SecureRandom().nextBytes(nonce);
        return "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,\"cn\":\"%s\",\"id\":\"%s\",\"caps\":%s}}"
                .formatted(base64(nonce), id, caps);
    }

    /** Says hello and returns the answer, which may be no challenge. */
    public V2Message sayHello(String text) throws IOException {
        hello = text.getBytes(StandardCharsets.US_ASCII);
        send(hello);
        V2Message answer = receive();
        challenge = answer.text().getBytes(StandardCharsets.US_ASCII);
        return answer;
    }

    /** Says hello as an ordinary board. */
    public V2Message sayHello() throws IOException {
        return sayHello(hello(DEFAULT_ID, CAPS));
    }

    /** Returns the proof message; from it on {@link #seal} has its key. */
    public String proof(String token) {
        V2Message question = V2Message.of(new String(challenge, StandardCharsets.US_ASCII));
        key = key(token, question.get("salt"), (int) question.number("iter"));
        sessionKey = hmac(key, label("session"), transcript());
        return "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"proof\":\"%s\"}}"
                .formatted(base64(hmac(key, label("client"), transcript())));
    }

    /** Returns a message with the next seal. */
    public String seal(String message) {
        return seal(message, sealsSent++);
    }

    /** Returns a message with the seal of a place of its own choice. */
    public String seal(String message, long number) {
        String sealed = message.substring(0, message.length() - 1);
        byte[] mac = hmac(sessionKey, label("client"), number(number), sealed.getBytes(StandardCharsets.UTF_8));
        return sealed + ",\"mac\":\"" + base64(mac) + "\"}";
    }

    /** Takes over that a message was sent whose seal {@link #seal(String, long)} made. */
    public void skipSeal() {
        sealsSent++;
    }

    /** Goes through the handshake; fails unless the server proves itself. */
    public V2Client enter(String id, String token) throws IOException {
        sayHello(hello(id, CAPS));
        send(proof(token));
        receiveConnected();
        return this;
    }

    /** Goes through the handshake as an ordinary board. */
    public V2Client enter(String token) throws IOException {
        return enter(DEFAULT_ID, token);
    }

    /** Receives {@code connected}; fails unless its proof is right. */
    public V2Message receiveConnected() throws IOException {
        V2Message connected = receive();
        String expected = base64(hmac(key, label("server"), transcript()));
        if (!connected.kind().equals("connected") || !connected.get("proof").equals(expected)) {
            throw new AssertionError("expected connected with proof %s, received %s".formatted(expected, connected));
        }
        return connected;
    }

    public static String header(String product) {
        return "{\"request\":\"header\",\"data\":{\"product\":\"%s\",\"installed\":\"\"}}".formatted(product);
    }

    public static String packageRequest(String product, String sha256, long offset) {
        return "{\"request\":\"package\",\"data\":{\"product\":\"%s\",\"sha256\":\"%s\",\"offset\":%d}}"
                .formatted(product, sha256, offset);
    }

    /**
     * Asks for a plan.
     *
     * @param more members that follow {@code want}, each with a comma before it; may be empty
     */
    public static String planRequest(String product, String want, String more) {
        return "{\"request\":\"plan\",\"data\":{\"product\":\"%s\",\"want\":\"%s\"%s}}".formatted(product, want, more);
    }

    public static String exitRequest() {
        return "{\"request\":\"exit\",\"data\":{}}";
    }

    /** Sends a message with its seal and returns the answer to it, whose seal must be right. */
    public V2Message request(String message) throws IOException {
        send(seal(message));
        return receiveSealed();
    }

    /** Asks for the content that is on offer for the default product, from an offset on, and receives it. */
    public byte[] fetch(long offset) throws IOException {
        String sha256 = request(header("default")).get("sha256");
        V2Message announced = request(packageRequest("default", sha256, offset));
        return body(announced.number("length"));
    }

    /** Receives one message as it comes. */
    public V2Message receive() throws IOException {
        return V2Message.of(frame());
    }

    /** Receives one message and fails unless it has the seal of its place. */
    public V2Message receiveSealed() throws IOException {
        String frame = frame();
        int end = frame.length() - 53;
        String message = end < 0 ? frame : frame.substring(0, end);
        byte[] mac = hmac(sessionKey, label("server"), number(sealsReceived), message.getBytes(StandardCharsets.UTF_8));
        sealsReceived++;
        String expected = message + ",\"mac\":\"" + base64(mac) + "\"}";
        if (!frame.equals(expected)) {
            throw new AssertionError("expected a message with the right seal, received " + frame);
        }
        return V2Message.of(frame);
    }

    /** Receives exactly so many bytes of a package. */
    public byte[] body(long length) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        receive(out, length);
        return out.toByteArray();
    }

    /** As {@link #body}; returns how many came, fewer than {@code length} only at the connection's end. */
    public long receive(OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        long received = 0;
        while (received < length) {
            int count = in.read(buffer, 0, (int) Math.min(buffer.length, length - received));
            if (count < 0) {
                return received;
            }
            out.write(buffer, 0, count);
            received += count;
        }
        return received;
    }

    /** Writes raw bytes in one write. */
    public void send(byte[] bytes) throws IOException {
        writes++;
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** Writes raw text in one write. */
    public void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns how many writes there were: with the connect, each is a round trip. */
    public int writes() {
        return writes;
    }

    /** Blocks until the server's FIN; fails when bytes or a RST come first. */
    public void awaitEof() throws IOException {
        try {
            int next = in.read();
            if (next >= 0) {
                throw new AssertionError("expected the end of the connection, received '%c'".formatted(next));
            }
        } catch (SocketException e) {
            throw new AssertionError("expected FIN, the connection ended by " + e.getMessage(), e);
        }
    }

    /** Blocks until the server's RST, dropping what bytes come before it; fails when a FIN comes first. */
    public void awaitReset() throws IOException {
        byte[] buffer = new byte[16 * 1024];
        try {
            while (in.read(buffer) >= 0) {
                continue;
            }
        } catch (SocketException e) {
            return;
        }
        throw new AssertionError("expected RST, the connection ended by FIN");
    }

    /** Changes how long a read may take, 20 s to start with. */
    public void setTimeoutMillis(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static Socket connected(InetSocketAddress server, String from, int receiveBufferBytes) throws IOException {
        Socket socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(server, TIMEOUT_MILLIS);
        return socket;
    }

    /** One object from brace to brace, byte by byte: what follows may be a package. */
    private String frame() throws IOException {
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        int depth = 0;
        boolean isText = false;
        boolean isEscaped = false;
        do {
            int next = in.read();
            if (next < 0) {
                throw new AssertionError("expected a message, the connection ended after '%s'"
                        .formatted(object.toString(StandardCharsets.UTF_8)));
            }
            object.write(next);
            if (isText) {
                isText = next != '"' || isEscaped;
                isEscaped = next == '\\' && !isEscaped;
            } else if (next == '"') {
                isText = true;
            } else if (next == '{') {
                depth++;
            } else if (next == '}') {
                depth--;
            }
        } while (depth > 0);
        return object.toString(StandardCharsets.UTF_8);
    }

    private byte[] transcript() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(label("ota-auth-v2"));
        for (byte[] part : new byte[][] {hello, challenge, channelBinding}) {
            all.writeBytes(ByteBuffer.allocate(4).putInt(part.length).array());
            all.writeBytes(part);
        }
        return sha256(all.toByteArray());
    }

    private static byte[] key(String token, String salt, int iterations) {
        synchronized (KEYS) {
            return KEYS.computeIfAbsent(token + " " + salt + " " + iterations, absent -> {
                try {
                    return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(new PBEKeySpec(
                                    token.toCharArray(), Base64.getUrlDecoder().decode(salt), iterations, 256))
                            .getEncoded();
                } catch (GeneralSecurityException e) {
                    throw new IllegalStateException(e);
                }
            });
        }
    }

    private static byte[] hmac(byte[] key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            Arrays.stream(parts).forEach(mac::update);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] encoded(SSLSocket tls) throws IOException {
        try {
            return tls.getSession().getPeerCertificates()[0].getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static byte[] label(String text) {
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] number(long number) {
        return ByteBuffer.allocate(8).putLong(number).array();
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
