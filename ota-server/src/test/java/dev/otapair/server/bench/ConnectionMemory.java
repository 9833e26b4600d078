package dev.otapair.server.bench;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.wire.JsonFrame;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Measures what a connection costs the server: starts it with its production flags, opens thousands of connections, and
 * looks at the process from outside. Run by {@code main}; the one argument is the server's program, by default
 * {@code packaging/target/ota-server/bin/ota-server} below the working directory.
 */
public final class ConnectionMemory {
    private static final String TOKEN = "a-token-for-measuring-only";
    private static final long PACKAGE_BYTES = 64L * 1024 * 1024;
    private static final int HALF_OPEN = 5000;
    private static final int DRIPPING = 2000;
    private static final int SESSIONS = 512;
    private static final int READERS = 100;
    private static final int PORTS_PER_ADDRESS = 20_000;
    private static final int WARM_UP = 200;
    private static final byte[] HELLO =
            SessionCodec.ofClient(new MessageCodec()).encode(hello());

    private final Path program;
    private int opened;

    private ConnectionMemory(Path program) {
        this.program = program;
    }

    /** @param arguments the server's program, or nothing */
    public static void main(String[] arguments) throws Exception {
        Path program = Path.of(arguments.length > 0 ? arguments[0] : "packaging/target/ota-server/bin/ota-server")
                .toAbsolutePath();
        ConnectionMemory bench = new ConnectionMemory(program);
        System.out.println("| connections | count | RSS before | RSS with them | RSS each | heap each | budget |");
        System.out.println("|---|---|---|---|---|---|---|");
        bench.measure("half a hello sent", HALF_OPEN, 16, ConnectionMemory::halfOpen);
        bench.measure("dripping, a byte a second", DRIPPING, 16, ConnectionMemory::dripping);
        bench.measure("authenticated, idle", SESSIONS, 18, ConnectionMemory::idle);
        bench.measure("sending to 100 slow readers, 412 idle", SESSIONS, 64, running -> sending(running, READERS));
        bench.measure("sending, 100 read slowly, 412 not at all", SESSIONS, 64, running -> sending(running, SESSIONS));
    }

    /** Opens some connections and keeps them. */
    @FunctionalInterface
    private interface Load {
        List<SocketChannel> on(Running server) throws Exception;
    }

    private void measure(String what, int count, int budgetKib, Load load) throws Exception {
        try (Running server = start()) {
            for (int i = 0; i < WARM_UP; i++) {
                session(server).close();
            }
            long heapBefore = server.heapKib();
            long before = server.rssKib();
            List<SocketChannel> connections = load.on(server);
            long peak = server.rssKib();
            long heap = server.heapKib();
            if (connections.size() != count || !server.process.isAlive()) {
                throw new IllegalStateException(connections.size() + " connections are open, expected " + count);
            }
            System.out.printf(
                    "| %s | %d | %.1f MiB | %.1f MiB | %.1f KiB | %.1f KiB | %d KiB |%n",
                    what,
                    count,
                    before / 1024.0,
                    peak / 1024.0,
                    (peak - before) / (double) count,
                    (heap - heapBefore) / (double) count,
                    budgetKib);
            for (SocketChannel connection : connections) {
                connection.close();
            }
        }
    }

    private static List<SocketChannel> halfOpen(Running server) throws IOException, InterruptedException {
        List<SocketChannel> connections = new ArrayList<>();
        for (int i = 0; i < HALF_OPEN; i++) {
            SocketChannel connection = server.connect();
            connection.write(ByteBuffer.wrap(HELLO, 0, HELLO.length / 2));
            connections.add(connection);
        }
        TimeUnit.SECONDS.sleep(2);
        return connections;
    }

    private static List<SocketChannel> dripping(Running server) throws IOException, InterruptedException {
        List<SocketChannel> connections = new ArrayList<>();
        for (int i = 0; i < DRIPPING; i++) {
            connections.add(server.connect());
        }
        for (int at = 0; at < 10; at++) {
            for (SocketChannel connection : connections) {
                connection.write(ByteBuffer.wrap(HELLO, at, 1));
            }
            TimeUnit.SECONDS.sleep(1);
        }
        return connections;
    }

    private static List<SocketChannel> idle(Running server) throws IOException, InterruptedException {
        List<SocketChannel> connections = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            connections.add(session(server).channel);
        }
        TimeUnit.SECONDS.sleep(2);
        return connections;
    }

    private static List<SocketChannel> sending(Running server, int senders) throws IOException, InterruptedException {
        List<SocketChannel> connections = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            Session session = session(server);
            if (i < senders) {
                session.askForPackage();
            }
            connections.add(session.channel);
        }
        ByteBuffer some = ByteBuffer.allocate(64 * 1024);
        for (int second = 0; second < 10; second++) {
            for (SocketChannel reader : connections.subList(0, READERS)) {
                reader.read(some.clear());
            }
            TimeUnit.SECONDS.sleep(1);
        }
        return connections;
    }

    private static Request hello() {
        return new HelloRequest(new Octets(new byte[16]), new DeviceId("board-17"), EnumSet.allOf(Feature.class));
    }

    private static Session session(Running server) throws IOException {
        return new Session(server);
    }

    private Running start() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("connection-memory");
        try (RandomAccessFile file = new RandomAccessFile(folder.resolve("fw").toFile(), "rw")) {
            file.setLength(PACKAGE_BYTES);
        }
        int port;
        try (ServerSocket probe = new ServerSocket(0)) {
            port = probe.getLocalPort();
        }
        Path config = folder.resolve("config.ini");
        Files.writeString(config, """
                [DEFAULT]
                port = %d
                security = %s
                [Server]
                ip = 127.0.0.1
                path = .
                latest = fw
                state_dir = state
                log_level = warning
                max_clients = 1000
                max_connections = 10000
                handshake_timeout = 1h
                message_timeout = 1h
                idle_timeout = 1h
                stall_timeout = 1h
                """.formatted(port, TOKEN));
        Process process = new ProcessBuilder(command(config))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        Running server = new Running(process, port, folder);
        server.awaitListening();
        return server;
    }

    /** The program has the production flags; without it they are repeated here. */
    private List<String> command(Path config) {
        Stream<String> start = Files.isExecutable(program)
                ? Stream.of(program.toString())
                : Stream.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx96m",
                        "-XX:MaxDirectMemorySize=64m",
                        "-XX:+UseSerialGC",
                        "-Dio.netty.allocator.type=pooled",
                        "-Dio.netty.leakDetection.level=disabled",
                        "-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.otapair.server.cli.OtaServerCommand");
        return Stream.concat(start, Stream.of("serve", "--config", config.toString()))
                .toList();
    }

    /** A server that runs. */
    private final class Running implements AutoCloseable {
        private final Process process;
        private final int port;
        private final Path folder;

        Running(Process process, int port, Path folder) {
            this.process = process;
            this.port = port;
            this.folder = folder;
        }

        SocketChannel connect() throws IOException {
            SocketChannel connection = SocketChannel.open();
            connection.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
            connection.bind(new InetSocketAddress("127.0.0." + (2 + opened / PORTS_PER_ADDRESS), 0));
            connection.connect(new InetSocketAddress("127.0.0.1", port));
            opened++;
            return connection;
        }

        void awaitListening() throws IOException, InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (System.nanoTime() < end && process.isAlive()) {
                try {
                    connect().close();
                    return;
                } catch (IOException e) {
                    TimeUnit.MILLISECONDS.sleep(100);
                }
            }
            throw new IOException("the server does not listen: " + Files.readString(folder.resolve("log")));
        }

        long rssKib() throws IOException {
            return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElseThrow();
        }

        /** Collects the garbage, then adds up what the collector says is used. */
        long heapKib() throws IOException, InterruptedException {
            jcmd("GC.run");
            return jcmd("GC.heap_info")
                    .lines()
                    .filter(line -> line.contains("generation"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll(".*used ([0-9]+)K.*", "$1")))
                    .sum();
        }

        private String jcmd(String order) throws IOException, InterruptedException {
            Process asking = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(process.pid()),
                            order)
                    .start();
            String answer = new String(asking.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            asking.waitFor();
            return answer;
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly().onExit().join();
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** A board, past the handshake and its header. */
    private static final class Session {
        private static Optional<TokenKey> key = Optional.empty();
        private static Octets salt = new Octets();

        private final SessionCodec codec = SessionCodec.ofClient(new MessageCodec());
        private final JsonFrame frames = new JsonFrame();
        private final SocketChannel channel;
        private final HeaderResponse offer;

        Session(Running server) throws IOException {
            channel = server.connect();
            send(codec.encode(hello()));
            ChallengeResponse challenge = (ChallengeResponse) receive();
            if (!challenge.salt().equals(salt)) {
                salt = challenge.salt();
                key = Optional.of(TokenKey.derive(new Secret(TOKEN), salt, challenge.iterations()));
            }
            Octets transcript = codec.transcript(new Octets());
            send(codec.encode(new ProofRequest(key.orElseThrow().proof(Role.CLIENT, transcript))));
            codec.sealSent(key.orElseThrow().session(transcript));
            if (!(receive() instanceof ConnectedResponse)) {
                throw new IOException("not let in");
            }
            codec.requireSeals(key.orElseThrow().session(transcript));
            Request header =
                    new HeaderRequest(Optional.of(new Board(Product.DEFAULT, Optional.empty(), Optional.empty())));
            send(codec.encode(header));
            Response answer = receive();
            while (answer instanceof BusyResponse) {
                send(codec.encode(header));
                answer = receive();
            }
            offer = (HeaderResponse) answer;
        }

        void askForPackage() throws IOException {
            Range all = new Range(
                    Product.DEFAULT,
                    offer.offer().orElseThrow().content().orElseThrow().sha256(),
                    0);
            send(codec.encode(new PackageRequest(Optional.of(all))));
            receive();
        }

        void close() throws IOException {
            channel.close();
        }

        private void send(byte[] message) throws IOException {
            channel.write(ByteBuffer.wrap(message));
        }

        private Response receive() throws IOException {
            ByteBuffer one = ByteBuffer.allocate(1);
            Optional<byte[]> frame = Optional.empty();
            while (frame.isEmpty()) {
                if (channel.read(one.clear()) < 0) {
                    throw new IOException("the server ended the connection");
                }
                frame = frames.read(ByteBuffer.wrap(one.array(), 0, 1));
            }
            return codec.decodeResponse(frame.get());
        }
    }
}
