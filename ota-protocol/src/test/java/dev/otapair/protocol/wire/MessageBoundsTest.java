package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.protocol.message.SignedMetadata;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The longest messages there can be are within what both ends read, seal included. */
class MessageBoundsTest {
    private static final int V1_BYTES = 1024;
    private static final MessageCodec CODEC = new MessageCodec();
    private static final SessionKey KEY = TokenKey.of(new Octets(new byte[32])).session(new Octets(new byte[32]));

    private static final String LONGEST_ID = "a".repeat(64);
    private static final long LARGEST = PackageResponse.MAX_SIZE;
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, "ab".repeat(32));
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "ab".repeat(16));
    private static final SignedMetadata LONGEST_METADATA = new SignedMetadata(
            new Octets(new byte[SignedMetadata.MAX_BYTES]),
            Collections.nCopies(
                    SignedMetadata.MAX_SIGNATURES,
                    new SignedMetadata.Signature(new KeyId("0123456789abcdef"), new Octets(new byte[64]))));
    private static final ObjectNumbers LONGEST_DAMAGE = ObjectNumbers.of(
            IntStream.range(0, 125).mapToObj(i -> 9_000_000 + 2 * i).toList());
    private static final Set<String> LONGEST_CODINGS = IntStream.range(0, PlanRequest.MAX_CODINGS)
            .mapToObj(i -> "%032d".formatted(i))
            .collect(Collectors.toSet());
    private static final HelloRequest HELLO =
            new HelloRequest(new Octets(new byte[16]), new DeviceId(LONGEST_ID), EnumSet.allOf(Feature.class));

    /** 200 bytes of UTF-8 each, which grow most when they are escaped. */
    private static Stream<PackageName> longestNames() {
        return Stream.of("a".repeat(200), "\"".repeat(200), "é".repeat(100), "密".repeat(66), "🔑".repeat(50))
                .map(PackageName::new);
    }

    static Stream<Response> longestV1Responses() {
        return longestNames()
                .flatMap(name -> Stream.of(
                        new HeaderResponse(Optional.of(Offer.named(name)), OptionalLong.empty()),
                        PackageResponse.whole(name, LARGEST, MD5)));
    }

    static Stream<Response> longestV2Responses() {
        Octets nonce = new Octets(new byte[16]);
        return Stream.concat(
                Stream.of(
                        new ChallengeResponse(nonce, nonce, 1_000_000, EnumSet.allOf(Feature.class)),
                        new BusyResponse(Duration.ofDays(366)),
                        new ErrorResponse("密".repeat(200)),
                        new PlanResponse(
                                SHA256,
                                SHA256,
                                LARGEST,
                                new Change(Change.MAX, Change.MAX, Change.MAX),
                                Optional.of(new Body(Body.MAX_PART, true, Body.MAX_PART, SHA256)),
                                0,
                                LARGEST)),
                longestNames()
                        .flatMap(name -> Stream.of(
                                new HeaderResponse(
                                        Optional.of(Offer.unsigned(name, new Content(LARGEST, SHA256))),
                                        OptionalLong.of(Long.MAX_VALUE)),
                                new HeaderResponse(
                                        Optional.of(new Offer(
                                                name,
                                                Optional.of(new Content(LARGEST, SHA256)),
                                                Optional.of(LONGEST_METADATA))),
                                        OptionalLong.of(Long.MAX_VALUE)),
                                new PackageResponse(name, LARGEST, SHA256, LARGEST, 0),
                                new PackageResponse(name, LARGEST, SHA256, 0, LARGEST))));
    }

    static Stream<Request> longestV2Requests() {
        Product product = new Product(LONGEST_ID);
        return Stream.concat(
                Stream.of(
                        HELLO,
                        new ProofRequest(new Octets(new byte[32])),
                        new PackageRequest(Optional.of(new Range(product, SHA256, LARGEST))),
                        new PlanRequest(
                                product,
                                SHA256,
                                Optional.of(SHA256),
                                LONGEST_DAMAGE,
                                LONGEST_CODINGS,
                                Optional.of(SHA256),
                                OptionalLong.of(LARGEST))),
                longestNames()
                        .map(name -> new HeaderRequest(Optional.of(new Board(
                                product,
                                Optional.of(name),
                                Optional.of(new Standing(Standing.MAX_RELEASE, Standing.MAX_KEYS)),
                                Optional.of(new Report(
                                        new BoardState("a".repeat(32)),
                                        Optional.of(name),
                                        Standing.MAX_RELEASE,
                                        Report.MAX_CODE)))))));
    }

    static Stream<Response> reasons() {
        return Arrays.stream(ErrorCode.values()).map(code -> new ErrorResponse(code.reason()));
    }

    private static SessionCodec v1Client() {
        SessionCodec client = SessionCodec.ofClient(CODEC);
        client.speakV1();
        return client;
    }

    private static SessionCodec greetedServer() {
        SessionCodec server = SessionCodec.ofServer(CODEC);
        server.decodeRequest(SessionCodec.ofClient(CODEC).encode(HELLO));
        return server;
    }

    @ParameterizedTest
    @MethodSource({"longestV1Responses", "reasons"})
    void v1ResponseIsWhatOneRecvTakes(Response response) {
        byte[] message = SessionCodec.ofServer(CODEC).encode(response);

        assertThat(message).hasSizeLessThanOrEqualTo(V1_BYTES);
        assertThat(v1Client().decodeResponse(message)).hasToString(response.toString());
    }

    @ParameterizedTest
    @MethodSource({"longestV2Responses", "reasons"})
    void v2ResponseIsReadAgain(Response response) {
        SessionCodec server = greetedServer();
        SessionCodec client = SessionCodec.ofClient(CODEC);
        server.sealSent(KEY);
        client.requireSeals(KEY);
        byte[] message = server.encode(response);

        assertThat(message).hasSizeLessThanOrEqualTo(JsonFrame.MAX_BYTES);
        assertThat(client.decodeResponse(message)).hasToString(response.toString());
    }

    /** However early the seals were asked for. */
    @Test
    void proofOfAServerIsNotSealed() {
        ConnectedResponse proof = new ConnectedResponse(Optional.of(new Octets(new byte[32])));
        SessionCodec server = greetedServer();
        server.sealSent(KEY);

        assertThat(SessionCodec.ofClient(CODEC).decodeResponse(server.encode(proof)))
                .isEqualTo(proof);
    }

    @ParameterizedTest
    @MethodSource("longestV2Requests")
    void v2RequestIsReadAgain(Request request) {
        SessionCodec server = greetedServer();
        SessionCodec client = SessionCodec.ofClient(CODEC);
        server.requireSeals(KEY);
        client.sealSent(KEY);
        byte[] message = client.encode(request);

        assertThat(message).hasSizeLessThanOrEqualTo(JsonFrame.MAX_BYTES);
        assertThat(server.decodeRequest(message)).isEqualTo(request);
    }

    /** A v1 server takes one recv of 1024 bytes for a message; so the first one has to fit it too. */
    @ParameterizedTest
    @MethodSource("longestTokens")
    void whatAV1ServerReadsIsShort(String token) {
        assertThat(v1Client().encode(new HandshakeRequest(token))).hasSizeLessThanOrEqualTo(V1_BYTES);
        assertThat(SessionCodec.ofClient(CODEC).encode(HELLO)).hasSizeLessThanOrEqualTo(V1_BYTES);
    }

    /** 128 bytes of UTF-8, as config.ini allows. */
    static Stream<String> longestTokens() {
        return Stream.of("a".repeat(128), "\u0001".repeat(128), "é".repeat(64), "🔑".repeat(32));
    }
}
