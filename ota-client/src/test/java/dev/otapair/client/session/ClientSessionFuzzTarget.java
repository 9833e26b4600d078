package dev.otapair.client.session;

import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PartialFile;
import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.wire.JsonFrame;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A client's session, fed with what a fuzzer makes of answers, noise, packages and time: whatever comes, the run's side of it
 * is not bothered before the server has proved itself, gets exactly the bytes that were announced, writes nowhere but in its
 * folder, and the session ends.
 */
public final class ClientSessionFuzzTarget {
    private static final String TOKEN = "token-of-the-fuzzed-client";
    private static final TokenKey KEY = TokenKey.of(new Octets(new byte[TokenKey.BYTES]));
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, "ab".repeat(32));
    private static final Digest OTHER = new Digest(Digest.Algorithm.SHA256, "cd".repeat(32));
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "ab".repeat(16));
    private static final MessageCodec CODEC = new MessageCodec();
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Path FOLDER = folder();
    private static final int MAX_STEPS = 64;

    private final boolean allowsLegacy;
    private final SessionCodec server = SessionCodec.ofServer(CODEC);
    private final JsonFrame requests = new JsonFrame();
    private final Run run = new Run();
    private final Conversation conversation;
    private final Queue<byte[]> said = new ArrayDeque<>();
    private long now;
    private boolean isChallenged;
    private boolean isProved;
    private boolean isSealed;
    private boolean isLegacy;

    private ClientSessionFuzzTarget(boolean allowsLegacy) {
        LogLevel.ERROR.apply();
        this.allowsLegacy = allowsLegacy;
        SessionCodec codec = SessionCodec.ofClient(CODEC);
        Credentials credentials =
                new Credentials(new DeviceId("board-17"), new Secret(TOKEN), (secret, salt, count) -> KEY, run);
        ClientSession.Timeouts timeouts = new ClientSession.Timeouts(MINUTE, MINUTE, MINUTE);
        conversation = new Conversation(
                line -> new ClientSession(credentials, timeouts, run, codec, line),
                codec,
                new LowSpeedGuard(64),
                () -> now,
                new Link());
        conversation.connected();
    }

    /** @param data whether v1 is allowed, then steps: see {@link #step} */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length > 0) {
            ClientSessionFuzzTarget session = new ClientSessionFuzzTarget(data[0] % 2 == 0);
            try {
                session.run(ByteBuffer.wrap(data, 1, data.length - 1));
            } finally {
                session.run.close();
            }
        }
    }

    private void run(ByteBuffer data) {
        readRequests();
        for (int steps = 0; data.remaining() > 1 && steps < MAX_STEPS && conversation.isListening(); steps++) {
            step(data.get() & 0xff, data.get() & 0xff, data);
            readRequests();
        }
        boolean wasOpen = conversation.isListening();
        pass(TimeUnit.DAYS.toMillis(1));
        readRequests();
        boolean isStuck = conversation.isListening();
        if (isStuck) {
            throw new AssertionError("a session with a silent server does not end");
        }
        Optional<RuntimeException> failure = conversation.failure();
        if (failure.isPresent() && !(failure.get() instanceof OtaException)) {
            throw new AssertionError("failed by a defect", failure.get());
        }
        if (wasOpen && failure.isEmpty()) {
            throw new AssertionError("ended well although the server owed something");
        }
        if (failure.isEmpty() && run.due != 0) {
            throw new AssertionError("ended well although " + run.due + " bytes are missing");
        }
    }

    private void step(int what, int how, ByteBuffer data) {
        switch (what % 14) {
            case 0 -> send(take(data, how));
            case 1 -> pass(how * 100L);
            case 2 -> challenge(how);
            case 3 -> connected(how);
            case 4 -> say(new HeaderResponse(offer(how, take(data, how % 16)), OptionalLong.of(how)));
            case 5 -> say(PackageResponse.whole(new PackageName("fw"), how, SHA256));
            case 6 -> send(new byte[how]);
            case 7 ->
                send("{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}"
                        .getBytes(StandardCharsets.US_ASCII));
            case 8 -> send("{\"response\": \"connected\", \"data\": {}}".getBytes(StandardCharsets.US_ASCII));
            case 9 ->
                send(("{\"response\": \"package\", \"data\": {\"latest\": \"fw\", \"size\": \"" + how
                                + "\", \"md5\": \"" + MD5.hex() + "\"}}")
                        .getBytes(StandardCharsets.US_ASCII));
            case 10 -> say(new PackageResponse(new PackageName("fw"), 1000, how % 2 == 0 ? SHA256 : OTHER, 0, 0));
            case 11 -> say(new BusyResponse(Duration.ofSeconds(how)));
            case 12 -> say(new ErrorResponse("Package is not available."));
            default -> damaged(how);
        }
    }

    private void challenge(int how) {
        byte[] nonce = new byte[16];
        nonce[0] = (byte) how;
        isChallenged = true;
        send(server.encode(new ChallengeResponse(
                new Octets(nonce), new Octets(new byte[16]), 20_000 + how, EnumSet.allOf(Feature.class))));
    }

    private void connected(int how) {
        if (!isChallenged) {
            send(server.encode(new ConnectedResponse(Optional.of(new Octets(new byte[32])))));
            return;
        }
        byte[] proof = KEY.proof(Role.SERVER, server.transcript(new Octets())).toBytes();
        boolean isGood = how < 0xc0;
        proof[how % proof.length] ^= (byte) (isGood ? 0 : 1);
        isProved |= isGood;
        byte[] message = server.encode(new ConnectedResponse(Optional.of(new Octets(proof))));
        if (isGood && !isSealed) {
            server.sealSent(KEY.session(server.transcript(new Octets())));
            isSealed = true;
        }
        send(message);
    }

    private static Optional<Offer> offer(int how, byte[] name) {
        try {
            PackageName latest = new PackageName(new String(name, StandardCharsets.UTF_8));
            return Optional.of(Offer.unsigned(latest, new Content(how, SHA256)));
        } catch (IllegalArgumentException e) {
            return Optional.of(Offer.unsigned(new PackageName("fw"), new Content(how, SHA256)));
        }
    }

    private void damaged(int where) {
        byte[] message = server.encode(new HeaderResponse(Optional.empty(), OptionalLong.of(where)));
        message[where % message.length] ^= 1;
        send(message);
    }

    private void say(Response response) {
        send(server.encode(response));
    }

    private void send(byte[] bytes) {
        if (conversation.isListening()) {
            conversation.arrived(ByteBuffer.wrap(bytes));
        }
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
        conversation.look();
    }

    private static byte[] take(ByteBuffer data, int length) {
        byte[] bytes = new byte[Math.min(length, data.remaining())];
        data.get(bytes);
        return bytes;
    }

    private void readRequests() {
        for (byte[] bytes = said.poll(); bytes != null; bytes = said.poll()) {
            byte[] frame = requests.read(ByteBuffer.wrap(bytes)).orElseThrow();
            boolean hasToken = new String(frame, StandardCharsets.ISO_8859_1).contains(TOKEN);
            if (hasToken && (!allowsLegacy || isSealed)) {
                throw new AssertionError("the token is on the wire");
            }
            if (!isLegacy && !isSealed) {
                try {
                    read(server.decodeRequest(frame));
                } catch (OtaException e) {
                    isLegacy = allowsLegacy;
                }
            }
        }
    }

    private void read(Request request) {
        isLegacy |= request instanceof HandshakeRequest;
        if (request instanceof ProofRequest) {
            server.requireSeals(KEY.session(server.transcript(new Octets())));
        }
    }

    private static Path folder() {
        try {
            Path shared = Path.of("/dev/shm");
            return Files.isWritable(shared)
                    ? Files.createTempDirectory(shared, "fuzz-client")
                    : Files.createTempDirectory("fuzz-client");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keeps what is said. */
    private final class Link implements Conversation.Link {
        @Override
        public void send(byte[] bytes, boolean more) {
            said.add(bytes);
        }

        @Override
        public Octets channelBinding() {
            return new Octets();
        }
    }

    /** What a run would do, and what it is entitled to. */
    private final class Run implements Visit, Credentials.Trust, AutoCloseable {
        private final PackageFolder packages =
                new PackageFolder(FOLDER, OptionalLong.of(64 * 1024), new DurableFiles());
        private Optional<PartialFile> partial = Optional.empty();
        private Optional<Offer> offer = Optional.empty();
        private boolean isTrusted;
        private long due;

        @Override
        public boolean allowsLegacy() {
            isTrusted |= allowsLegacy;
            return allowsLegacy;
        }

        @Override
        public String whyNoLegacy() {
            return "not allowed";
        }

        @Override
        public void proven() {
            isTrusted = true;
            if (!isProved) {
                throw new AssertionError("a server proved itself without a proof");
            }
        }

        @Override
        public Board board() {
            return new Board(Product.DEFAULT, Optional.empty(), Optional.empty());
        }

        @Override
        public boolean offered(HeaderResponse header) {
            requireTrust();
            offer = header.offer();
            return offer.filter(named -> inFolder(named.name())).isPresent();
        }

        @Override
        public Optional<Request> wanted(Set<Feature> features) {
            requireTrust();
            return Optional.of(new PackageRequest(
                    offer.flatMap(Offer::content).map(content -> new Range(Product.DEFAULT, content.sha256(), 0))));
        }

        @Override
        public Decision announced(PackageResponse announced) {
            requireTrust();
            inFolder(announced.latest());
            if (announced.length() != announced.size() - announced.offset()) {
                return Decision.ASK_AGAIN;
            }
            if (announced.offset() != 0) {
                return Decision.LEAVE;
            }
            due = announced.length();
            partial = Optional.of(packages.open(announced));
            return Decision.RECEIVE;
        }

        @Override
        public boolean payload(ByteBuffer bytes) {
            requireTrust();
            due -= bytes.remaining();
            if (due < 0) {
                throw new AssertionError("more bytes came than were announced");
            }
            partial.orElseThrow().append(bytes);
            return true;
        }

        @Override
        public void close() {
            partial.ifPresent(PartialFile::close);
        }

        private boolean inFolder(PackageName name) {
            if (!packages.pathOf(name).getParent().equals(FOLDER)) {
                throw new AssertionError(name + " is outside of the folder");
            }
            return true;
        }

        private void requireTrust() {
            if (!isTrusted) {
                throw new AssertionError("something of an answer was used before the server proved itself");
            }
        }
    }
}
