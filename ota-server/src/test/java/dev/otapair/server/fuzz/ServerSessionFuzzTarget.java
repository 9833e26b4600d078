package dev.otapair.server.fuzz;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.wire.JsonFrame;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import dev.otapair.server.config.PlainOffers;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.config.TlsFiles;
import dev.otapair.server.delta.PlanDesk;
import dev.otapair.server.session.Commons;
import dev.otapair.server.session.FailedProofs;
import dev.otapair.server.session.LegacyCensus;
import dev.otapair.server.session.LegacyPacing;
import dev.otapair.server.session.Pipeline;
import dev.otapair.server.session.RollCall;
import dev.otapair.server.session.SendBuffers;
import dev.otapair.server.session.SessionLimit;
import dev.otapair.server.session.Shaping;
import dev.otapair.server.session.TlsContext;
import dev.otapair.server.session.UnsignedCensus;
import dev.otapair.server.session.Withdrawals;
import dev.otapair.server.store.MemoryLedger;
import dev.otapair.server.store.PackageStore;
import dev.otapair.server.store.TokenKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.FileRegion;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A session of the real pipeline, fed with what a fuzzer makes of messages, noise, half messages and time: whatever comes, the
 * server refuses at most once, breaks never, serves nobody who has not proved anything, and gives the place back.
 */
public final class ServerSessionFuzzTarget {
    private static final String TOKEN = "token-of-the-fuzzed-server";
    private static final DeviceId BOARD = new DeviceId("board-17");
    private static final int MAX_STEPS = 64;
    /** The session, and its end; this class's own share is in it, and what Java loads in passing. */
    private static final long ALLOWED = 512 * 1024;

    /** A message's worth, the last chunk of a package included. */
    private static final long ALLOWED_PER_STEP = 128 * 1024;

    private static final MessageCodec CODEC = new MessageCodec();
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Path FOLDER = folder();
    private static final PackageStore PACKAGES = new PackageStore(new DirectExecutor());
    private static final TokenKeys KEYS = new TokenKeys(FOLDER.resolve("state"), new DurableFiles(), Runnable::run);
    private static final TokenKey KEY =
            KEYS.of(new Secret(TOKEN)).toCompletableFuture().join();
    private static final TlsContext NO_TLS = TlsContext.of(
            new TlsFiles(TlsFiles.Mode.OFF, Optional.empty(), Optional.empty(), Optional.empty(), List.of()));
    private static final ServerConfig CONFIG = config();
    private static final Shaping NO_SHAPING =
            new Shaping(new DefaultEventLoop(new DefaultThreadFactory("shaping", true)), CONFIG.limits());
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, digest());

    private final EmbeddedChannel channel;
    private final SessionCodec client = SessionCodec.ofClient(CODEC);
    private final JsonFrame answers = new JsonFrame();
    private Octets transcript = new Octets();
    private final SessionCodec legacy = SessionCodec.ofClient(CODEC);
    private int steps;
    private boolean saidHello;
    private boolean isAsked;
    private boolean wasChallenged;
    private boolean isSealed;
    private boolean mayBeIn;
    private boolean isProven;
    private boolean isFinal;
    private long bodyDue;

    private ServerSessionFuzzTarget(Commons commons) {
        LogLevel.ERROR.apply();
        channel = new EmbeddedChannel(new Pipeline(CONFIG, commons, NO_TLS, NO_SHAPING));
        channel.freezeTime();
        legacy.speakV1();
    }

    /** @param data steps: see {@link #step} */
    public static void fuzzerTestOneInput(byte[] data) {
        // What is loaded for the first time costs once.
        if (excess(data) > 0 && excess(data) > 0) {
            throw new AssertionError("more was allocated than so few messages are worth");
        }
    }

    private static long excess(byte[] data) {
        Commons commons = new Commons(
                new SessionLimit(1),
                PACKAGES,
                KEYS,
                new FailedProofs(Ticker.systemTicker()),
                new LegacyCensus(Clock.systemUTC()),
                new UnsignedCensus(),
                new RollCall(new MemoryLedger(), Clock.systemUTC()),
                new Withdrawals(),
                new PlanDesk(pair -> new CompletableFuture<>(), Clock.systemUTC()),
                new SendBuffers(),
                new LegacyPacing(Duration.ofSeconds(1)));
        long before = THREADS.getCurrentThreadAllocatedBytes();
        ServerSessionFuzzTarget session = new ServerSessionFuzzTarget(commons);
        session.run(ByteBuffer.wrap(data));
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (session.mayBeIn) {
            placeIsFree(commons);
        }
        return allocated - ALLOWED - session.steps * ALLOWED_PER_STEP;
    }

    private void run(ByteBuffer data) {
        for (; data.remaining() > 1 && steps < MAX_STEPS; steps++) {
            step(data.get() & 0xff, data.get() & 0xff, data);
            channel.runPendingTasks();
            channel.checkException();
            readAnswers();
        }
        for (int quietHours = 0; quietHours < 3; quietHours++) {
            channel.advanceTimeBy(1, TimeUnit.HOURS);
            channel.runPendingTasks();
            readAnswers();
        }
        boolean isStuck = channel.isOpen();
        channel.finishAndReleaseAll();
        channel.checkException();
        if (isStuck) {
            throw new AssertionError("a silent peer is still connected after three hours");
        }
    }

    private void step(int what, int how, ByteBuffer data) {
        switch (what % 12) {
            case 0 -> send(take(data, how));
            case 1 -> pass(how * 100L);
            case 2 -> {
                saidHello = true;
                say(new HelloRequest(new Octets(new byte[16]), BOARD, EnumSet.allOf(Feature.class)));
            }
            case 3 -> prove(how);
            case 4 -> say(header(how));
            case 5 ->
                say(new PackageRequest(Optional.of(
                        new Range(Product.DEFAULT, SHA256, Math.floorMod((long) how * how * how, 200_000L)))));
            case 6 -> say(new ExitRequest());
            case 7 -> handshakeV1();
            case 8 -> damaged(header(0), how);
            case 9 -> split(client.encode(header(how)), how);
            case 10 -> pass(how * 10_000L);
            default ->
                say(new PackageRequest(Optional.of(new Range(
                        new Product(how % 2 == 0 ? "gateway" : "nothing"),
                        new Digest(Digest.Algorithm.SHA256, "0".repeat(64)),
                        how))));
        }
    }

    private static Request header(int how) {
        Product product = how % 3 == 0 ? Product.DEFAULT : new Product(how % 3 == 1 ? "missing" : "nothing");
        Board board = new Board(product, Optional.empty(), Optional.empty());
        return new HeaderRequest(Optional.of(how % 5 == 0 ? board.reporting(report(how)) : board));
    }

    private static Report report(int how) {
        return new Report(BoardState.KNOWN.get(how % BoardState.KNOWN.size()), Optional.empty(), how, how % 2);
    }

    private void handshakeV1() {
        mayBeIn = true;
        send(("{\"request\": \"handshake\", \"data\": {\"security\": \"" + TOKEN + "\"}}")
                .getBytes(StandardCharsets.US_ASCII));
    }

    private void prove(int how) {
        if (!wasChallenged || isProven) {
            return;
        }
        byte[] proof = KEY.proof(Role.CLIENT, transcript).toBytes();
        boolean isGood = how < 0xc0;
        proof[how % proof.length] ^= (byte) (isGood ? 0 : 1);
        byte[] message = client.encode(new ProofRequest(new Octets(proof)));
        isProven = isGood;
        mayBeIn |= isGood;
        if (isGood) {
            SessionKey key = KEY.session(transcript);
            client.sealSent(key);
        }
        send(message);
    }

    private void say(Request request) {
        send(client.encode(request));
    }

    private void damaged(Request request, int where) {
        byte[] message = client.encode(request);
        message[where % message.length] ^= 1;
        send(message);
    }

    private void split(byte[] message, int where) {
        int at = where % message.length;
        send(java.util.Arrays.copyOf(message, at));
        pass(where);
        send(java.util.Arrays.copyOfRange(message, at, message.length));
    }

    private void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    }

    private void send(byte[] bytes) {
        mayBeIn |= new String(bytes, StandardCharsets.ISO_8859_1).contains(TOKEN);
        if (channel.isOpen()) {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        }
    }

    private static byte[] take(ByteBuffer data, int length) {
        byte[] bytes = new byte[Math.min(length, data.remaining())];
        data.get(bytes);
        return bytes;
    }

    private void readAnswers() {
        for (Object next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            if (isFinal) {
                throw new AssertionError("something follows the error that ends the session: " + next);
            }
            if (next instanceof FileRegion region) {
                body(region.count());
            } else if (bodyDue > 0) {
                body(((ByteBuf) next).readableBytes());
            } else {
                ByteBuffer bytes = ((ByteBuf) next).nioBuffer();
                byte[] frame = answers.read(bytes).orElseThrow();
                if (bytes.hasRemaining()) {
                    throw new AssertionError("an answer is not one object");
                }
                answered(read(frame));
            }
            ReferenceCountUtil.release(next);
        }
    }

    private void body(long length) {
        bodyDue -= length;
        if (!mayBeIn || bodyDue < 0) {
            throw new AssertionError("bytes of a package that nobody may have: " + bodyDue);
        }
    }

    /** What is sealed must open; else noise may have spoken either dialect. */
    private Response read(byte[] frame) {
        try {
            return client.decodeResponse(frame);
        } catch (OtaException e) {
            if (isSealed) {
                throw e;
            }
            return legacy.decodeResponse(frame);
        }
    }

    private void answered(Response answer) {
        if (answer instanceof ChallengeResponse) {
            isAsked = true;
            wasChallenged = saidHello;
            transcript = saidHello ? client.transcript(new Octets()) : transcript;
        } else if (answer instanceof ErrorResponse error) {
            ErrorCode code = ErrorCode.ofReason(error.reason()).orElseThrow();
            if (code == ErrorCode.IO_ERROR || code == ErrorCode.SERVER_BUSY) {
                throw new AssertionError("a defect, or a place that was not given back: " + code);
            }
            isFinal = code != ErrorCode.PACKAGE_UNAVAILABLE;
        } else if (!mayBeIn) {
            throw new AssertionError(answer + " to a stranger");
        } else if (answer instanceof ConnectedResponse connected
                && connected.proof().isPresent()) {
            if (!isProven
                    || !KEY.proof(Role.SERVER, transcript)
                            .equals(connected.proof().get())) {
                throw new AssertionError("the server's proof is wrong, or came for nothing");
            }
            client.requireSeals(KEY.session(transcript));
            isSealed = true;
        } else if (answer instanceof ConnectedResponse && isAsked) {
            throw new AssertionError("a token in clear was taken in place of the proof that was asked for");
        } else if (answer instanceof PackageResponse announced) {
            bodyDue = announced.length();
        }
    }

    private static void placeIsFree(Commons commons) {
        ServerSessionFuzzTarget next = new ServerSessionFuzzTarget(commons);
        next.handshakeV1();
        next.channel.runPendingTasks();
        boolean isIn = next.channel.outboundMessages().size() == 1;
        next.channel.finishAndReleaseAll();
        if (!isIn) {
            throw new AssertionError("the place of a session that is over was not given back");
        }
    }

    private static ServerConfig config() {
        Duration minute = Duration.ofMinutes(1);
        return new ServerConfig(
                new InetSocketAddress(0),
                new ServerConfig.Access(new Secret(TOKEN), Optional.empty(), true),
                PlainOffers.of(
                        FOLDER,
                        Map.of(
                                Product.DEFAULT,
                                new PackageName("fw-1.4.0.tar.gz"),
                                new Product("gateway"),
                                new PackageName("small"),
                                new Product("missing"),
                                new PackageName("missing"))),
                OptionalInt.empty(),
                new ServerConfig.Limits(1, 512, 0, OptionalLong.empty(), OptionalLong.empty()),
                new ServerConfig.Timeouts(
                        minute, Duration.ofSeconds(15), Duration.ofSeconds(10), minute, minute, minute, minute),
                new TlsFiles(TlsFiles.Mode.OFF, Optional.empty(), Optional.empty(), Optional.empty(), List.of()),
                Optional.empty(),
                new ServerConfig.Deltas(
                        true, FOLDER.resolve("deltas"), 1L << 30, 1L << 30, minute, 5, Duration.ofDays(7)),
                FOLDER.resolve("keys.d"),
                FOLDER.resolve("state"),
                LogLevel.ERROR);
    }

    private static String digest() {
        try {
            return PACKAGES.open(FOLDER, new PackageName("fw-1.4.0.tar.gz"))
                    .thenApply(stored -> {
                        stored.release();
                        return stored.sha256().hex();
                    })
                    .toCompletableFuture()
                    .join();
        } catch (OtaException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("fuzz-server");
            Files.write(folder.resolve("fw-1.4.0.tar.gz"), new byte[200_000]);
            Files.write(folder.resolve("small"), new byte[] {0x1f, (byte) 0x8b});
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
