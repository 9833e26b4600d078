package dev.otapair.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of {@link ClientSession}, row by row, and everything it does not allow. */
class ClientSessionTest {
    private static final int HANDSHAKE = 3;
    private static final int RESPONSE = 5;
    private static final int READ = 7;
    private static final ConnectedResponse CONNECTED = new ConnectedResponse(Optional.empty());
    private static final HeaderResponse HEADER =
            new HeaderResponse(Optional.of(Offer.named(new PackageName("fw-2"))), OptionalLong.empty());
    private static final PackageResponse PACKAGE = PackageResponse.whole(
            new PackageName("fw-2"), 6, new Digest(Digest.Algorithm.MD5, "0123456789abcdef0123456789abcdef"));

    private static final ErrorResponse LEGACY = new ErrorResponse("Security code check failed.");
    private static final ConnectedResponse PROVEN = new ConnectedResponse(Optional.of(new Octets(new byte[32])));
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, "0123456789abcdef".repeat(4));
    private static final Digest OTHER_SHA256 = new Digest(Digest.Algorithm.SHA256, "fedcba9876543210".repeat(4));
    private static final HeaderResponse HEADER_V2 = new HeaderResponse(
            Optional.of(Offer.unsigned(new PackageName("fw-2"), new Content(6, SHA256))), OptionalLong.of(7));
    private static final PackageResponse PACKAGE_V2 = PackageResponse.whole(new PackageName("fw-2"), 6, SHA256);

    private final SessionCodec codec = SessionCodec.ofClient(new MessageCodec());
    private final RecordingLine line = new RecordingLine(codec);
    private final ProvingServer server = new ProvingServer("zebra");

    @Test
    void connectionSaysHelloAndWaitsForTheChallenge() {
        session(Known.allowingLegacy(), new RecordingVisit(true, true)).connected();

        assertThat(line.drain()).containsExactly("send hello", "expect " + RESPONSE);
        assertThat(line.requests())
                .containsExactly(
                        new Request.HelloRequest(line.nonce(), new DeviceId("board-17"), EnumSet.allOf(Feature.class)));
    }

    /** T1: the token itself is not among what is sent. */
    @Test
    void challengeIsAnsweredByProofAndHeaderTogether() {
        ClientSession session = in(Phase.CHALLENGE, new RecordingVisit(true, true));

        session.received(server.challenge(line, codec));

        assertThat(line.drain()).containsExactly("send proof and", "send header", "expect " + RESPONSE);
        assertThat(line.frames())
                .allSatisfy(frame ->
                        assertThat(new String(frame, StandardCharsets.US_ASCII)).doesNotContain("zebra"));
    }

    /** The proof is right, and the header that came with it is sealed: the server's end of the codec says so. */
    @Test
    void proofIsRightAndTheHeaderRequestIsSealed() {
        ClientSession session = in(Phase.CHALLENGE, new RecordingVisit(true, true));

        session.received(server.challenge(line, codec));

        assertThat(line.requests().get(1)).isEqualTo(new Request.ProofRequest(server.expectedProof()));
        assertThat(server.opened(line.frames().get(2)))
                .isEqualTo(new Request.HeaderRequest(Optional.of(
                        new Request.Board(Product.DEFAULT, Optional.of(new PackageName("fw-1")), Optional.empty()))));
    }

    @Test
    void rightProofOfTheServerIsRememberedAndTheHeaderIsWaitedFor() {
        Known.RecordingTrust trust = new Known.RecordingTrust(true);
        ClientSession session = session(Known.with(trust), new RecordingVisit(true, true));
        session.connected();
        session.received(server.challenge(line, codec));
        line.drain();

        session.received(server.connected());

        assertThat(line.drain()).containsExactly("expect " + RESPONSE);
        assertThat(trust.timesProven()).isEqualTo(1);
    }

    /** T13, T14: whoever has not the token has no proof, and the offer that came with it counts for nothing. */
    @Test
    void wrongProofEndsTheSessionAndTheOfferBehindItIsNeverSeen() {
        Known.RecordingTrust trust = new Known.RecordingTrust(true);
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = session(Known.with(trust), visit);
        session.connected();
        session.received(server.challenge(line, codec));
        line.drain();

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(PROVEN));
        session.received(HEADER_V2);

        assertThat(failure.code()).isEqualTo(ErrorCode.SERVER_NOT_PROVEN);
        assertThat(failure.code().exitStatus()).isEqualTo(77);
        assertThat(visit.events()).isEmpty();
        assertThat(line.drain()).isEmpty();
        assertThat(trust.timesProven()).isZero();
    }

    /** A server that sends the client's own proof back has proved nothing. */
    @Test
    void clientsOwnProofIsNoProofOfTheServer() {
        ClientSession session = in(Phase.PROOF, new RecordingVisit(true, true));
        ConnectedResponse reflected = new ConnectedResponse(Optional.of(server.expectedProof()));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(reflected));

        assertThat(failure.code()).isEqualTo(ErrorCode.SERVER_NOT_PROVEN);
    }

    @Test
    void serverWithAnotherTokenIsNotBelieved() {
        ProvingServer stranger = new ProvingServer("okapi");
        ClientSession session = session(Known.allowingLegacy(), new RecordingVisit(true, true));
        session.connected();
        session.received(stranger.challenge(line, codec));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(stranger.connected()));

        assertThat(failure.code()).isEqualTo(ErrorCode.SERVER_NOT_PROVEN);
    }

    @Test
    void offerOfAProvenServerIsAskedForByItsContent() {
        ClientSession session = inV2(Phase.HEADER, new RecordingVisit(true, true));

        session.received(HEADER_V2);

        assertThat(line.drain()).containsExactly("send package", "expect " + RESPONSE);
        assertThat(line.requests())
                .last()
                .isEqualTo(new Request.PackageRequest(Optional.of(new Request.Range(Product.DEFAULT, SHA256, 0))));
    }

    @Test
    void otherContentThanAskedForIsAskedForAnew() {
        ClientSession session = inV2(Phase.PACKAGE, new RecordingVisit(true, Visit.Decision.ASK_AGAIN));

        session.received(new PackageResponse(new PackageName("fw-3"), 9, OTHER_SHA256, 0, 0));

        assertThat(line.drain()).containsExactly("send header", "expect " + RESPONSE);

        session.received(new HeaderResponse(
                Optional.of(Offer.unsigned(new PackageName("fw-3"), new Content(9, OTHER_SHA256))),
                OptionalLong.of(7)));

        assertThat(line.drain()).containsExactly("send package", "expect " + RESPONSE);
        assertThat(line.requests())
                .last()
                .isEqualTo(
                        new Request.PackageRequest(Optional.of(new Request.Range(Product.DEFAULT, OTHER_SHA256, 0))));
    }

    @Test
    void offerThatIsGoneWhenItIsAskedForAgainEndsTheSessionWell() {
        ClientSession session = inV2(Phase.PACKAGE, new RecordingVisit(true, Visit.Decision.ASK_AGAIN));
        session.received(new PackageResponse(new PackageName("fw-3"), 9, OTHER_SHA256, 0, 0));
        line.drain();

        session.received(new HeaderResponse(Optional.empty(), OptionalLong.of(7)));

        assertThat(line.drain()).containsExactly("send exit", "over");
    }

    @Test
    void serverThatChangesItsMindForEverIsLeftAfterItWasAskedAgainThreeTimes() {
        ClientSession session = inV2(Phase.PACKAGE, new RecordingVisit(true, Visit.Decision.ASK_AGAIN));
        PackageResponse other = new PackageResponse(new PackageName("fw-3"), 9, OTHER_SHA256, 0, 0);
        for (int again = 0; again < 3; again++) {
            session.received(other);
            session.received(HEADER_V2);
        }

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(other));

        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_UNAVAILABLE);
        assertThat(line.requests().stream().filter(Request.PackageRequest.class::isInstance))
                .hasSize(4);
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"CHALLENGE", "PROOF", "HEADER", "PACKAGE", "PAYLOAD"})
    void busyEndsTheSessionInEveryPhaseAndSaysWhenToComeAgain(Phase phase) {
        ClientSession session = inV2(phase, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> session.received(new BusyResponse(Duration.ofSeconds(17))));
        session.closed();

        assertThat(failure.code()).isEqualTo(ErrorCode.SERVER_BUSY);
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(17));
    }

    /** T13: the token is in no request, whatever the answer to the hello. */
    @ParameterizedTest
    @MethodSource("v1Answers")
    void v1ServerIsRefusedWhereItIsNotAllowedAndTheTokenIsNotSent(Response answer) {
        ClientSession session = session(Known.with(new Known.RecordingTrust(false)), new RecordingVisit(true, true));
        session.connected();

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(answer));
        session.received(answer);

        assertThat(failure.code()).isEqualTo(ErrorCode.LEGACY_SERVER);
        assertThat(failure.code().exitStatus()).isEqualTo(77);
        assertThat(failure).hasMessage("v1 is not allowed here");
        assertThat(line.requests()).singleElement().isInstanceOf(Request.HelloRequest.class);
    }

    static Stream<Response> v1Answers() {
        return Stream.of(LEGACY, CONNECTED);
    }

    @Test
    void v1ServerIsGivenThePlainHandshakeWhereItIsAllowed() {
        ClientSession session = in(Phase.CHALLENGE, new RecordingVisit(true, true));

        session.received(LEGACY);

        assertThat(line.drain()).containsExactly("send handshake", "expect " + HANDSHAKE);
        assertThat(line.requests()).last().isEqualTo(new Request.HandshakeRequest("zebra"));
    }

    /** A v1 server without a token says so to the hello; then ours is not sent even where it might be. */
    @Test
    void v1ServerWithoutATokenIsNotGivenOurs() {
        ClientSession session = in(Phase.CHALLENGE, new RecordingVisit(true, true));

        session.received(CONNECTED);

        assertThat(line.drain()).containsExactly("send header", "expect " + RESPONSE);
        assertThat(line.requests()).noneMatch(Request.HandshakeRequest.class::isInstance);
    }

    /** T13: these look like v1 and are not; they come through the codec, which is what tells them apart. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'response':'error','data':{'v':2,'reason':'Security code check failed.'}} | SECRET_REJECTED",
                "{'response':'error','data':{'reason':'Security code check failed.','more':1}} | SECRET_REJECTED",
                "{'response':'error','data':{'reason':'Security code check failed'}} | UNEXPECTED_MESSAGE",
                "{'response':'error','data':{'reason':'security code check failed.'}} | UNEXPECTED_MESSAGE",
                "{'response':'error','data':{'reason':'Handshake required.'}} | HANDSHAKE_REQUIRED",
                "{'response':'connected','data':{'v':2}} | MALFORMED_MESSAGE",
                "{'response':'connected','data':{'proof':'x'}} | MALFORMED_MESSAGE",
                "{'response':'connected','data':{'proof':'NY6aSc52LBkHhOaDM_4sTdjjymE894kt46rXDZmVFAk'}}"
                        + " | UNEXPECTED_MESSAGE",
                "{'response':'busy','data':{'v':2,'retry_after':5}} | SERVER_BUSY",
                "{'response':'header','data':{'latest':'','now':5}} | UNEXPECTED_MESSAGE"
            })
    void answerThatIsNotExactlyV1sIsNotTakenForIt(String answer, ErrorCode code) {
        ClientSession session = in(Phase.CHALLENGE, new RecordingVisit(true, true));
        byte[] frame = answer.replace('\'', '"').getBytes(StandardCharsets.US_ASCII);

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> session.received(codec.decodeResponse(frame)));

        assertThat(failure.code()).isEqualTo(code);
        assertThat(line.requests()).noneMatch(Request.HandshakeRequest.class::isInstance);
    }

    /** Refused like a server's that has always been v1: the second refusal is about the token. */
    @Test
    void v1ServersSecondRefusalIsAboutTheToken() {
        ClientSession session = in(Phase.HANDSHAKE, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(LEGACY));

        assertThat(failure.code()).isEqualTo(ErrorCode.SECRET_REJECTED);
        assertThat(line.drain()).containsExactly("send exit");
    }

    @Test
    void connectedIsAnsweredByHeader() {
        ClientSession session = in(Phase.HANDSHAKE, new RecordingVisit(true, true));

        session.received(CONNECTED);

        assertThat(line.drain()).containsExactly("send header", "expect " + RESPONSE);
    }

    @Test
    void headerThatIsWantedIsAnsweredByPackage() {
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = in(Phase.HEADER, visit);

        session.received(HEADER);

        assertThat(line.drain()).containsExactly("send package", "expect " + RESPONSE);
        assertThat(visit.events()).containsExactly("offered fw-2");
    }

    @Test
    void headerThatIsNotWantedIsAnsweredByExit() {
        ClientSession session = in(Phase.HEADER, new RecordingVisit(false, true));

        session.received(HEADER);

        assertThat(line.drain()).containsExactly("send exit", "over");
    }

    @Test
    void headerWithoutAnOfferReachesTheVisitAsEmpty() {
        RecordingVisit visit = new RecordingVisit(false, true);
        ClientSession session = in(Phase.HEADER, visit);

        session.received(new HeaderResponse(Optional.empty(), OptionalLong.empty()));

        assertThat(visit.events()).containsExactly("offered nothing");
    }

    @Test
    void packageThatIsWantedIsWaitedForWithoutAWord() {
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = in(Phase.PACKAGE, visit);

        session.received(PACKAGE);

        assertThat(line.drain()).containsExactly("expect " + READ);
        assertThat(visit.events()).containsExactly("offered fw-2", "announced fw-2");
    }

    /** An exit would stand behind a payload that nobody reads: the connection just ends. */
    @Test
    void packageThatIsNotWantedEndsTheConnectionWithoutAWord() {
        ClientSession session = in(Phase.PACKAGE, new RecordingVisit(true, false));

        session.received(PACKAGE);

        assertThat(line.drain()).containsExactly("over");
    }

    @Test
    void bytesMoveTheDeadline() {
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = in(Phase.PAYLOAD, visit);

        session.payload(bytes("abc"), false);

        assertThat(line.drain()).containsExactly("expect " + READ);
        assertThat(visit.events()).endsWith("payload abc");
    }

    @Test
    void lastBytesAreAnsweredByExit() {
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = in(Phase.PAYLOAD, visit);

        session.payload(bytes("def"), true);

        assertThat(line.drain()).containsExactly("send exit", "over");
        assertThat(visit.events()).endsWith("payload def");
    }

    @Test
    void connectionThatEndsWithinAPackageSaysHowMuchCame() {
        ClientSession session = in(Phase.PAYLOAD, new RecordingVisit(true, true));
        session.payload(bytes("abcd"), false);

        OtaException failure = catchThrowableOfType(OtaException.class, session::closed);

        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(failure).hasMessage("the server ended the connection after 4 of 6 bytes of " + PACKAGE.latest());
    }

    @ParameterizedTest
    @CsvSource({
        "CHALLENGE, the hello",
        "PROOF, the proof",
        "HANDSHAKE, the handshake",
        "HEADER, the header request",
        "PACKAGE, the package request"
    })
    void connectionThatEndsEarlierSaysWhatWasAsked(Phase phase, String asked) {
        ClientSession session = in(phase, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(OtaException.class, session::closed);

        assertThat(failure).hasMessage("the server ended the connection before the answer to " + asked);
    }

    static Stream<Arguments> everyOtherResponse() {
        return Stream.of(
                arguments(Phase.CHALLENGE, PROVEN),
                arguments(Phase.CHALLENGE, HEADER),
                arguments(Phase.CHALLENGE, PACKAGE),
                arguments(Phase.PROOF, ProvingServer.CHALLENGE),
                arguments(Phase.PROOF, CONNECTED),
                arguments(Phase.PROOF, HEADER_V2),
                arguments(Phase.PROOF, PACKAGE_V2),
                arguments(Phase.HANDSHAKE, ProvingServer.CHALLENGE),
                arguments(Phase.HANDSHAKE, PROVEN),
                arguments(Phase.HANDSHAKE, HEADER),
                arguments(Phase.HANDSHAKE, PACKAGE),
                arguments(Phase.HEADER, ProvingServer.CHALLENGE),
                arguments(Phase.HEADER, CONNECTED),
                arguments(Phase.HEADER, PACKAGE),
                arguments(Phase.PACKAGE, ProvingServer.CHALLENGE),
                arguments(Phase.PACKAGE, CONNECTED),
                arguments(Phase.PACKAGE, HEADER),
                arguments(Phase.PAYLOAD, ProvingServer.CHALLENGE),
                arguments(Phase.PAYLOAD, CONNECTED),
                arguments(Phase.PAYLOAD, HEADER),
                arguments(Phase.PAYLOAD, PACKAGE));
    }

    @ParameterizedTest
    @MethodSource("everyOtherResponse")
    void responseThatThePhaseDoesNotAllowFails(Phase phase, Response response) {
        ClientSession session = in(phase, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(response));

        assertThat(failure.code()).isEqualTo(ErrorCode.UNEXPECTED_MESSAGE);
        assertThat(failure).hasMessageContaining("expected " + phase.owed());
        assertThat(line.drain()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("everyOtherResponse")
    void sessionIsOverAfterAResponseThatIsNotAllowed(Phase phase, Response response) {
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = in(phase, visit);
        List<String> before = visit.events();
        catchThrowableOfType(OtaException.class, () -> session.received(response));

        session.received(CONNECTED);
        session.received(HEADER);
        session.received(PACKAGE);
        session.payload(bytes("abc"), true);

        assertThat(visit.events()).isEqualTo(before);
        assertThat(line.drain()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"CHALLENGE", "PROOF", "HANDSHAKE", "HEADER", "PACKAGE", "PAYLOAD"})
    void errorIsAnsweredByExitInEveryPhase(Phase phase) {
        ClientSession session = in(phase, new RecordingVisit(true, true));

        catchThrowableOfType(OtaException.class, () -> session.received(new ErrorResponse("No.")));

        assertThat(line.drain()).containsExactly("send exit");
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"CHALLENGE", "PROOF", "HANDSHAKE", "HEADER", "PACKAGE", "PAYLOAD"})
    void sessionIsOverAfterAnError(Phase phase) {
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = in(phase, visit);
        List<String> before = visit.events();
        catchThrowableOfType(OtaException.class, () -> session.received(new ErrorResponse("No.")));

        session.payload(bytes("abc"), true);
        session.received(new ErrorResponse("No again."));
        session.closed();
        session.expired();

        assertThat(visit.events()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "Security code check failed., SECRET_REJECTED",
        "'Server is busy, try again later.', SERVER_BUSY",
        "Package is not available., PACKAGE_UNAVAILABLE",
        "Handshake required., HANDSHAKE_REQUIRED",
        "Timed out., TIMED_OUT",
        "'Too many failed attempts, try again later.', ADDRESS_REFUSED",
        "'Upgrade the client: legacy handshake is disabled.', LEGACY_REFUSED",
        "Message authentication failed., SEAL_REJECTED",
        "Input or output error., PACKAGE_UNAVAILABLE",
        "Digest does not match., UNEXPECTED_MESSAGE",
        "Cannot write., UNEXPECTED_MESSAGE",
        "Release is left alone., UNEXPECTED_MESSAGE",
        "Release is tried again later., UNEXPECTED_MESSAGE",
        "Installing failed., UNEXPECTED_MESSAGE",
        "Interrupted., UNEXPECTED_MESSAGE",
        "Connection lost., UNEXPECTED_MESSAGE",
        "security code check failed., UNEXPECTED_MESSAGE",
        "Security code check failed, UNEXPECTED_MESSAGE",
        "Go away, UNEXPECTED_MESSAGE",
        "'', UNEXPECTED_MESSAGE"
    })
    void reasonDecidesWhatTheSessionFailsWith(String reason, ErrorCode code) {
        ClientSession session = in(Phase.HANDSHAKE, new RecordingVisit(true, true));

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> session.received(new ErrorResponse(reason)));

        assertThat(failure.code()).isEqualTo(code);
    }

    @Test
    void reasonIsToldOnOneLineThatCannotSteerATerminal() {
        ClientSession session = in(Phase.HEADER, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> session.received(new ErrorResponse("a\nb\r\u001b[2Jc\u202e")));

        assertThat(failure).hasMessage("the server refused: a\\u000ab\\u000d\\u001b[2Jc\\u202e");
    }

    @Test
    void longReasonIsCut() {
        ClientSession session = in(Phase.HEADER, new RecordingVisit(true, true));

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> session.received(new ErrorResponse("r".repeat(1000))));

        assertThat(failure.getMessage()).hasSizeLessThan(250);
    }

    @Test
    void wrongTokenIsExplained() {
        ClientSession session = in(Phase.HANDSHAKE, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> session.received(new ErrorResponse("Security code check failed.")));

        assertThat(failure).hasMessageContaining("'security'").hasMessageNotContaining("zebra");
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"CHALLENGE", "PROOF", "HANDSHAKE", "HEADER", "PACKAGE"})
    void payloadBeforeItIsDueIsNotTaken(Phase phase) {
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = in(phase, visit);

        session.payload(bytes("abc"), true);

        assertThat(visit.events()).noneMatch(event -> event.startsWith("payload"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"CHALLENGE", "PROOF", "HANDSHAKE", "HEADER", "PACKAGE", "PAYLOAD"})
    void endOfTheConnectionFailsWhileTheServerOwes(Phase phase) {
        ClientSession session = in(phase, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(OtaException.class, session::closed);

        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(failure).hasMessageContaining(phase == Phase.PAYLOAD ? " after 0 of 6 bytes" : phase.owed());
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"CHALLENGE", "PROOF", "HANDSHAKE", "HEADER", "PACKAGE", "PAYLOAD"})
    void silenceFailsWhileTheServerOwes(Phase phase) {
        ClientSession session = in(phase, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(OtaException.class, session::expired);

        assertThat(failure.code()).isEqualTo(ErrorCode.TIMED_OUT);
        assertThat(failure).hasMessageContaining(phase == Phase.PAYLOAD ? " after 0 of 6 bytes" : phase.owed());
    }

    @Test
    void endOfTheConnectionIsFineWhenAllIsSaid() {
        ClientSession session = in(Phase.OVER, new RecordingVisit(true, true));

        assertThatNoException().isThrownBy(session::closed);
    }

    @Test
    void silenceIsFineWhenAllIsSaid() {
        ClientSession session = in(Phase.OVER, new RecordingVisit(true, true));

        assertThatNoException().isThrownBy(session::expired);
    }

    @ParameterizedTest
    @ValueSource(strings = {"offered", "announced", "payload"})
    void failureOfTheVisitIsTheSessionsFailure(String method) {
        OtaException full = new OtaException(ErrorCode.CANNOT_WRITE, "disk full");
        Visit failing = new Visit() {
            @Override
            public Request.Board board() {
                throw new AssertionError("v1 says nothing of the board");
            }

            @Override
            public boolean offered(HeaderResponse header) {
                return failIf("offered");
            }

            @Override
            public Optional<Request> wanted(Set<Feature> features) {
                return Optional.of(new PackageRequest(Optional.empty()));
            }

            @Override
            public Decision announced(PackageResponse announced) {
                failIf("announced");
                return Decision.RECEIVE;
            }

            @Override
            public boolean payload(ByteBuffer bytes) {
                return failIf("payload");
            }

            private boolean failIf(String now) {
                if (method.equals(now)) {
                    throw full;
                }
                return true;
            }
        };
        ClientSession session = session(Known.allowingLegacy(), failing);

        OtaException failure = catchThrowableOfType(OtaException.class, () -> {
            session.connected();
            session.received(LEGACY);
            session.received(CONNECTED);
            session.received(HEADER);
            session.received(PACKAGE);
            session.payload(bytes("abcdef"), true);
        });

        assertThat(failure).isSameAs(full);
    }

    @Test
    void everyPhaseIsTested() {
        assertThat(EnumSet.allOf(Phase.class))
                .containsExactly(
                        Phase.CHALLENGE,
                        Phase.PROOF,
                        Phase.HANDSHAKE,
                        Phase.HEADER,
                        Phase.PACKAGE,
                        Phase.PLAN,
                        Phase.PAYLOAD,
                        Phase.OVER);
    }

    private ClientSession session(Credentials credentials, Visit visit) {
        return new ClientSession(credentials, timeouts(), visit, codec, line);
    }

    /** Returns a session in a phase, v1 where both versions have it, with nothing left in the line's record. */
    private ClientSession in(Phase phase, Visit visit) {
        if (phase == Phase.PROOF) {
            return inV2(phase, visit);
        }
        ClientSession session = session(Known.allowingLegacy(), visit);
        session.connected();
        List<Runnable> steps = Arrays.asList(
                () -> session.received(LEGACY),
                () -> session.received(CONNECTED),
                () -> session.received(HEADER),
                () -> session.received(PACKAGE),
                () -> session.payload(bytes("abcdef"), true));
        List<Phase> order =
                List.of(Phase.CHALLENGE, Phase.HANDSHAKE, Phase.HEADER, Phase.PACKAGE, Phase.PAYLOAD, Phase.OVER);
        steps.subList(0, order.indexOf(phase)).forEach(Runnable::run);
        line.drain();
        return session;
    }

    /** As above, in v2. */
    private ClientSession inV2(Phase phase, Visit visit) {
        ClientSession session = session(Known.allowingLegacy(), visit);
        session.connected();
        List<Phase> order = List.of(Phase.CHALLENGE, Phase.PROOF, Phase.HEADER, Phase.PACKAGE, Phase.PAYLOAD);
        List<Runnable> steps = Arrays.asList(
                () -> session.received(server.challenge(line, codec)),
                () -> session.received(server.connected()),
                () -> session.received(HEADER_V2),
                () -> session.received(PACKAGE_V2));
        steps.subList(0, order.indexOf(phase)).forEach(Runnable::run);
        line.drain();
        return session;
    }

    private static ClientSession.Timeouts timeouts() {
        return new ClientSession.Timeouts(
                Duration.ofSeconds(HANDSHAKE), Duration.ofSeconds(RESPONSE), Duration.ofSeconds(READ));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
