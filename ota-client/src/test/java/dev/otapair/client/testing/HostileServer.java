package dev.otapair.client.testing;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.auth.Transcript;
import dev.otapair.protocol.message.Octets;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server that knows the token and means ill: it proves itself, and then says, in good seals, what it was told to say, an
 * answer for each request. Connections are served one after the other.
 */
public final class HostileServer implements AutoCloseable {
    /** What {@link #answer} sends after the message, unsealed. */
    @FunctionalInterface
    public interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    /** A message to be sealed, and what follows it. */
    public record Answer(String message, Body body) {}

    /** In an announcement: the offset that was asked for. */
    public static final String ASKED = "@asked";

    /** In an announcement: what is left from there on of {@link #RANGED_SIZE}. */
    public static final String REST = "@rest";

    public static final int RANGED_SIZE = 1000;

    private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+)");
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final Octets SALT = new Octets(new byte[16]);
    private static final String CHALLENGE =
            "{\"response\":\"challenge\",\"data\":{\"v\":2,\"sn\":\"EBESExQVFhcYGRobHB0eHw\",\"salt\":\"%s\","
                    + "\"iter\":20000,\"caps\":[\"resume\"]}}";

    private final ServerSocket listener;
    private final TokenKey key;
    private final List<Answer> answers;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong sent = new AtomicLong();

    /** Starts to listen on a free port of 127.0.0.1. */
    public HostileServer(String token, Answer... answers) throws IOException {
        this.key = TokenKey.derive(new Secret(token), SALT, 20_000);
        this.answers = List.of(answers);
        this.listener = new ServerSocket(0, 16, InetAddress.getByName("127.0.0.1"));
        Thread thread = new Thread(this::serve, "hostile-server");
        thread.setDaemon(true);
        thread.start();
    }

    /** An answer with nothing behind it. */
    public static Answer answer(String message) {
        return answer(message, out -> {});
    }

    public static Answer answer(String message, Body body) {
        return new Answer(message, body);
    }

    /** Returns an offer; all values are put in as they are. */
    public static String header(String latest, String size, String sha256) {
        return "{\"response\":\"header\",\"data\":{\"latest\":\"%s\",\"size\":%s,\"sha256\":\"%s\",\"now\":1790000000}}"
                .formatted(latest, size, sha256);
    }

    /** Returns the announcement of a package; all values are put in as they are. */
    public static String announcement(String latest, String size, String sha256, String offset, String length) {
        return ("{\"response\":\"package\",\"data\":{\"latest\":\"%s\",\"size\":%s,\"sha256\":\"%s\",\"offset\":%s,"
                        + "\"length\":%s}}")
                .formatted(latest, size, sha256, offset, length);
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    public int connections() {
        return connections.get();
    }

    /** Returns how many bytes of bodies the kernel has taken. */
    public long sent() {
        return sent.get();
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
                talk(socket);
            } catch (IOException e) {
                // The client went, or the test is over.
            }
        }
    }

    private void talk(Socket socket) throws IOException {
        Frames requests = new Frames(new BufferedInputStream(socket.getInputStream()));
        OutputStream out = socket.getOutputStream();
        byte[] hello = requests.next().orElseThrow(() -> new IOException("no hello"));
        byte[] challenge = CHALLENGE.formatted(SALT.toBase64()).getBytes(StandardCharsets.US_ASCII);
        out.write(challenge);
        Octets transcript = Transcript.of(hello, challenge, new Octets());
        requests.next();
        out.write("{\"response\":\"connected\",\"data\":{\"proof\":\"%s\"}}"
                .formatted(key.proof(Role.SERVER, transcript).toBase64())
                .getBytes(StandardCharsets.US_ASCII));
        SessionKey session = key.session(transcript);
        for (int i = 0; i < answers.size(); i++) {
            byte[] request = requests.next().orElseThrow(() -> new IOException("no request"));
            out.write(sealed(session, i, ranged(answers.get(i).message(), request)));
            answers.get(i).body().writeTo(new Counting(out));
        }
        while (requests.next().isPresent()) {
            // It has nothing more to say.
        }
    }

    private static String ranged(String message, byte[] request) {
        Matcher asked = OFFSET.matcher(new String(request, StandardCharsets.UTF_8));
        if (!asked.find()) {
            return message;
        }
        int offset = Integer.parseInt(asked.group(1));
        return message.replace(ASKED, asked.group(1)).replace(REST, Integer.toString(RANGED_SIZE - offset));
    }

    private static byte[] sealed(SessionKey session, int number, String message) {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        String seal = session.seal(Role.SERVER, number, bytes, bytes.length - 1).toBase64();
        return (message.substring(0, message.length() - 1) + ",\"mac\":\"" + seal + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private final class Counting extends OutputStream {
        private final OutputStream out;

        Counting(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int one) throws IOException {
            out.write(one);
            sent.incrementAndGet();
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            sent.addAndGet(length);
        }
    }
}
