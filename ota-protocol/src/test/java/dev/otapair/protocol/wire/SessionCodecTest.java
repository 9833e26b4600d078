package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.auth.Transcript;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.testing.Specification;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SessionCodecTest {
    private static final MessageCodec CODEC = new MessageCodec();
    private static final SessionKey KEY = TokenKey.of(new Octets(new byte[32])).session(new Octets(new byte[32]));
    private static final Request HELLO =
            new HelloRequest(new Octets(new byte[16]), new DeviceId("b"), EnumSet.allOf(Feature.class));
    private static final Response CHALLENGE = new ChallengeResponse(
            new Octets(new byte[16]), new Octets(new byte[16]), 20_000, EnumSet.allOf(Feature.class));
    private static final Request PROOF = new ProofRequest(new Octets(new byte[32]));
    private static final Response CONNECTED = new ConnectedResponse(Optional.of(new Octets(new byte[32])));
    private static final Request HEADER =
            new HeaderRequest(Optional.of(new Board(Product.DEFAULT, Optional.empty(), Optional.empty())));
    private static final Response OFFER = new HeaderResponse(Optional.empty(), OptionalLong.of(1));

    private final SessionCodec client = SessionCodec.ofClient(CODEC);
    private final SessionCodec server = SessionCodec.ofServer(CODEC);

    private static String text(byte[] message) {
        return new String(message, StandardCharsets.US_ASCII);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void greet() {
        server.decodeRequest(client.encode(HELLO));
        client.decodeResponse(server.encode(CHALLENGE));
    }

    private static void assertCode(ErrorCode code, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        OtaException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void serverSpeaksV1UntilAHelloComes() {
        assertThat(text(server.encode(new ErrorResponse("x"))))
                .isEqualTo("{\"response\": \"error\", \"data\": {\"reason\": \"x\"}}");
        server.decodeRequest(client.encode(HELLO));

        assertThat(text(server.encode(new ErrorResponse("x"))))
                .isEqualTo("{\"response\":\"error\",\"data\":{\"v\":2,\"reason\":\"x\"}}");
    }

    @Test
    void v1HandshakeDoesNotChangeTheDialect() {
        server.decodeRequest(ascii("{\"request\": \"handshake\", \"data\": {\"security\": \"\"}}"));

        assertThat(server.decodeRequest(ascii("{\"request\": \"header\", \"data\": {}}")))
                .isEqualTo(new HeaderRequest(Optional.empty()));
        assertThat(text(server.encode(new ConnectedResponse(Optional.empty()))))
                .isEqualTo("{\"response\": \"connected\", \"data\": {}}");
    }

    @Test
    void helloThatIsRefusedDoesNotChangeTheDialect() {
        assertCode(
                ErrorCode.MALFORMED_MESSAGE,
                () -> server.decodeRequest(
                        ascii("{\"request\":\"handshake\",\"data\":{\"v\":2,\"cn\":\"A\",\"id\":\"b\"}}")));

        assertThat(text(server.encode(new ErrorResponse("x")))).startsWith("{\"response\": ");
    }

    @Test
    void clientSpeaksV2UntilItIsToldNotTo() {
        assertThat(text(client.encode(HELLO)))
                .startsWith("{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,");
        client.speakV1();

        assertThat(text(client.encode(new HandshakeRequest("a"))))
                .isEqualTo("{\"request\": \"handshake\", \"data\": {\"security\": \"a\"}}");
        assertThat(client.decodeResponse(ascii("{\"response\": \"header\", \"data\": {\"latest\": \"\"}}")))
                .isEqualTo(new HeaderResponse(Optional.empty(), OptionalLong.empty()));
    }

    @Test
    void proofBeforeTheChallengeIsUnexpected() {
        assertCode(ErrorCode.UNEXPECTED_MESSAGE, () -> server.transcript(new Octets()));
        server.decodeRequest(client.encode(HELLO));
        assertCode(ErrorCode.UNEXPECTED_MESSAGE, () -> server.transcript(new Octets()));
        assertCode(ErrorCode.UNEXPECTED_MESSAGE, () -> client.transcript(new Octets()));

        client.decodeResponse(server.encode(CHALLENGE));

        assertThat(client.transcript(new Octets())).isEqualTo(server.transcript(new Octets()));
    }

    @Test
    void challengeWithoutAHelloHasNoTranscript() {
        client.decodeResponse(server.encode(CHALLENGE));

        assertCode(ErrorCode.UNEXPECTED_MESSAGE, () -> client.transcript(new Octets()));
    }

    @Test
    void transcriptIsOfTheBytesOnTheWire() {
        server.decodeRequest(Specification.hello());
        SessionCodec other = SessionCodec.ofClient(CODEC);
        other.encode(HELLO);
        other.decodeResponse(Specification.challenge());
        byte[] answer = server.encode(CHALLENGE);

        assertThat(server.transcript(new Octets()))
                .isEqualTo(Transcript.of(Specification.hello(), answer, new Octets()));
        assertThat(other.transcript(new Octets()))
                .isEqualTo(Transcript.of(
                        SessionCodec.ofClient(CODEC).encode(HELLO), Specification.challenge(), new Octets()));
    }

    @Test
    void clientsSealsBeginRightAfterItsProof() {
        greet();
        byte[] proof = client.encode(PROOF);
        client.sealSent(KEY);
        byte[] header = client.encode(HEADER);

        assertThat(text(proof)).doesNotContain("\"mac\"");
        assertThat(text(header)).matches(".*,\"mac\":\"[A-Za-z0-9_-]{43}\"}");
        assertThat(server.decodeRequest(proof)).isEqualTo(PROOF);
        server.requireSeals(KEY);
        assertThat(server.decodeRequest(header)).isEqualTo(HEADER);
        assertThat(server.decodeRequest(client.encode(new ExitRequest()))).isEqualTo(new ExitRequest());
    }

    @Test
    void serversSealsBeginRightAfterItsProof() {
        greet();
        byte[] connected = server.encode(CONNECTED);
        server.sealSent(KEY);
        byte[] offer = server.encode(OFFER);

        assertThat(text(connected)).doesNotContain("\"mac\"");
        assertThat(client.decodeResponse(connected)).isEqualTo(CONNECTED);
        client.requireSeals(KEY);
        assertThat(client.decodeResponse(offer)).isEqualTo(OFFER);
    }

    @Test
    void errorsAndBusyAreSealedToo() {
        greet();
        server.sealSent(KEY);
        client.requireSeals(KEY);
        ErrorResponse error = (ErrorResponse) client.decodeResponse(server.encode(new ErrorResponse("x")));

        assertThat(error.reason()).isEqualTo("x");
        assertCode(
                ErrorCode.SEAL_REJECTED,
                () -> client.decodeResponse(ascii("{\"response\":\"busy\",\"data\":{\"v\":2,\"retry_after\":9}}")));
    }

    @Test
    void unsealedMessageIsNotLookedAtOnceSealsAreRequired() {
        greet();
        server.requireSeals(KEY);
        client.requireSeals(KEY);

        assertCode(ErrorCode.SEAL_REJECTED, () -> server.decodeRequest(ascii("{not even JSON}")));
        assertCode(ErrorCode.SEAL_REJECTED, () -> client.decodeResponse(ascii("{not even JSON}")));
    }

    @Test
    void eachEndOpensOnlyTheOthersMessages() {
        greet();
        server.sealSent(KEY);
        server.requireSeals(KEY);

        assertCode(ErrorCode.SEAL_REJECTED, () -> server.decodeRequest(server.encode(OFFER)));
    }
}
