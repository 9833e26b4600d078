package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions of version 2 survive any segmentation: seals begin in the middle of a segment, and so does a package. */
class VersionTwoDecodingTest {
    private static final MessageCodec CODEC = new MessageCodec();
    private static final SessionKey KEY = TokenKey.of(new Octets(new byte[32])).session(new Octets(new byte[32]));
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, "ab".repeat(32));
    private static final String GZIP = "\u001f\u008b\b\u0000{}\"";

    private static final Request HELLO =
            new HelloRequest(new Octets(new byte[16]), new DeviceId("b"), EnumSet.allOf(Feature.class));
    private static final Request PROOF = new ProofRequest(new Octets(new byte[32]));
    private static final Request HEADER =
            new HeaderRequest(Optional.of(new Board(Product.DEFAULT, Optional.empty(), Optional.empty())));
    private static final Request PACKAGE = new PackageRequest(Optional.of(new Range(Product.DEFAULT, SHA256, 3)));
    private static final Request PLAN = new PlanRequest(
            Product.DEFAULT,
            SHA256,
            Optional.of(SHA256),
            ObjectNumbers.of(List.of(3, 4)),
            Set.of("zstd"),
            Optional.empty(),
            OptionalLong.of(0));
    private static final byte[] REQUESTS = requests();

    private static final Response CHALLENGE = new ChallengeResponse(
            new Octets(new byte[16]), new Octets(new byte[16]), 20_000, EnumSet.allOf(Feature.class));
    private static final Response CONNECTED = new ConnectedResponse(Optional.of(new Octets(new byte[32])));
    private static final Response OFFER = new HeaderResponse(
            Optional.of(Offer.unsigned(new PackageName("fw"), new Content(10, SHA256))), OptionalLong.of(1));
    private static final byte[] RESPONSES = responses(GZIP);

    /** Requires seals as soon as the proof has passed, as both ends do. */
    private static Consumer<Object> sealing(SessionCodec codec) {
        return message -> {
            if (message instanceof ProofRequest || message instanceof ConnectedResponse) {
                codec.requireSeals(KEY);
            }
        };
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static byte[] requests() {
        SessionCodec client = SessionCodec.ofClient(CODEC);
        byte[] hello = client.encode(HELLO);
        byte[] proof = client.encode(PROOF);
        client.sealSent(KEY);
        return joined(
                hello,
                proof,
                client.encode(HEADER),
                client.encode(PACKAGE),
                client.encode(PLAN),
                client.encode(new ExitRequest()));
    }

    private static SessionCodec greetedServer() {
        SessionCodec server = SessionCodec.ofServer(CODEC);
        server.decodeRequest(SessionCodec.ofClient(CODEC).encode(HELLO));
        return server;
    }

    /** A body of {@code body} bytes, two for the plan, and the end of its pieces. */
    private static PlanResponse planned(int body, int length) {
        return new PlanResponse(
                SHA256,
                SHA256,
                3 + length,
                new Change(1, 2, 3),
                body == 0 ? Optional.empty() : Optional.of(new Body(body - 2, true, 2, SHA256)),
                3,
                length);
    }

    private static PackageResponse announced(int length) {
        return new PackageResponse(new PackageName("fw"), 3 + length, SHA256, 3, length);
    }

    private static byte[] responses(String payload) {
        SessionCodec server = greetedServer();
        byte[] challenge = server.encode(CHALLENGE);
        byte[] connected = server.encode(CONNECTED);
        server.sealSent(KEY);
        return joined(
                challenge,
                connected,
                server.encode(OFFER),
                server.encode(announced(payload.length())),
                payload.getBytes(StandardCharsets.ISO_8859_1),
                server.encode(OFFER),
                server.encode(planned(0, 0)),
                server.encode(planned(payload.length(), 4)),
                payload.getBytes(StandardCharsets.ISO_8859_1),
                "{}\0]".getBytes(StandardCharsets.ISO_8859_1),
                server.encode(planned(0, 2)),
                "{\"".getBytes(StandardCharsets.ISO_8859_1),
                server.encode(planned(2, 0)),
                "\0{".getBytes(StandardCharsets.ISO_8859_1),
                server.encode(OFFER));
    }

    private static Decoding decodeRequests(byte[]... pieces) {
        SessionCodec server = SessionCodec.ofServer(CODEC);
        return Decoding.ofRequests(server, sealing(server), pieces);
    }

    private static Decoding decodeResponses(byte[]... pieces) {
        SessionCodec client = SessionCodec.ofClient(CODEC);
        return Decoding.ofResponses(client, sealing(client), pieces);
    }

    private static byte[][] splitAt(byte[] bytes, int at) {
        return new byte[][] {Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length)};
    }

    private static byte[][] singleBytes(byte[] bytes) {
        return IntStream.range(0, bytes.length)
                .mapToObj(at -> new byte[] {bytes[at]})
                .toArray(byte[][]::new);
    }

    static IntStream everySplitOfRequests() {
        return IntStream.rangeClosed(0, REQUESTS.length);
    }

    static IntStream everySplitOfResponses() {
        return IntStream.rangeClosed(0, RESPONSES.length);
    }

    private static void assertWhole(Decoding requests) {
        assertThat(requests)
                .isEqualTo(new Decoding(
                        List.of(HELLO, PROOF, HEADER, PACKAGE, PLAN, new ExitRequest()), "", 0, Optional.empty()));
    }

    private static void assertWhole(Decoding responses, String payload) {
        assertThat(responses)
                .isEqualTo(new Decoding(
                        List.of(
                                CHALLENGE,
                                CONNECTED,
                                OFFER,
                                announced(payload.length()),
                                OFFER,
                                planned(0, 0),
                                planned(payload.length(), 4),
                                planned(0, 2),
                                planned(2, 0),
                                OFFER),
                        payload + payload + "{}\0]" + "{\"" + "\0{",
                        5,
                        Optional.empty()));
    }

    @ParameterizedTest
    @MethodSource("everySplitOfRequests")
    void requestsSurviveAnySegmentation(int split) {
        assertWhole(decodeRequests(splitAt(REQUESTS, split)));
    }

    @ParameterizedTest
    @MethodSource("everySplitOfResponses")
    void responsesSurviveAnySegmentation(int split) {
        assertWhole(decodeResponses(splitAt(RESPONSES, split)), GZIP);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bothSurviveSingleBytesAndOneSegment(boolean single) {
        assertWhole(decodeRequests(single ? singleBytes(REQUESTS) : new byte[][] {REQUESTS}));
        assertWhole(decodeResponses(single ? singleBytes(RESPONSES) : new byte[][] {RESPONSES}), GZIP);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u001f\u008b",
                "{}",
                "{\"",
                "\"}",
                "  ",
                "\n{",
                "]]",
                "\u0000\u0000",
                "\u00ff\u00fe",
                ",\"mac\":\""
            })
    void packageMayBeginWithAnyByte(String payload) {
        byte[] wire = responses(payload);

        assertWhole(decodeResponses(wire), payload);
        assertWhole(decodeResponses(singleBytes(wire)), payload);
    }

    @ParameterizedTest
    @ValueSource(strings = {"header", "package", "plan", "exit"})
    void changeOfASealedRequestEndsTheSession(String verb) {
        String wire = new String(REQUESTS, StandardCharsets.ISO_8859_1);
        String altered = wire.replace("\"" + verb + "\",\"data\"", "\"" + verb + "\", \"data\"");

        assertThat(decodeRequests(altered.getBytes(StandardCharsets.ISO_8859_1)).failure())
                .contains(ErrorCode.SEAL_REJECTED);
    }
}
