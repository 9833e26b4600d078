package dev.otapair.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
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
    private static final HeaderResponse HEADER = new HeaderResponse(Optional.of(new PackageName("fw-2")));
    private static final PackageResponse PACKAGE = PackageResponse.whole(
            new PackageName("fw-2"), 6, new Digest(Digest.Algorithm.MD5, "0123456789abcdef0123456789abcdef"));

    private final RecordingLine line = new RecordingLine();

    @Test
    void connectionSaysTheTokenAndWaitsForTheHandshake() {
        List<Request> sent = new ArrayList<>();
        ClientSession.Line keeping = new ClientSession.Line() {
            @Override
            public void send(Request request) {
                sent.add(request);
            }

            @Override
            public void expectWithin(Duration time) {
                assertThat(time).isEqualTo(Duration.ofSeconds(HANDSHAKE));
            }

            @Override
            public void over() {}
        };

        new ClientSession(new Secret("zebra"), timeouts(), new RecordingVisit(true, true), keeping).connected();

        assertThat(sent).containsExactly(new Request.HandshakeRequest("zebra"));
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

        session.received(new HeaderResponse(Optional.empty()));

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

    static Stream<Arguments> everyOtherResponse() {
        return Stream.of(
                arguments(Phase.HANDSHAKE, HEADER),
                arguments(Phase.HANDSHAKE, PACKAGE),
                arguments(Phase.HEADER, CONNECTED),
                arguments(Phase.HEADER, PACKAGE),
                arguments(Phase.PACKAGE, CONNECTED),
                arguments(Phase.PACKAGE, HEADER),
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
        assertThat(failure).hasMessageContaining("expected the answer to " + phase);
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
            names = {"HANDSHAKE", "HEADER", "PACKAGE", "PAYLOAD"})
    void errorIsAnsweredByExitInEveryPhase(Phase phase) {
        ClientSession session = in(phase, new RecordingVisit(true, true));

        catchThrowableOfType(OtaException.class, () -> session.received(new ErrorResponse("No.")));

        assertThat(line.drain()).containsExactly("send exit");
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"HANDSHAKE", "HEADER", "PACKAGE", "PAYLOAD"})
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
        "Input or output error., IO_ERROR",
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
            names = {"HANDSHAKE", "HEADER", "PACKAGE"})
    void payloadBeforeItIsDueIsNotTaken(Phase phase) {
        RecordingVisit visit = new RecordingVisit(true, true);
        ClientSession session = in(phase, visit);

        session.payload(bytes("abc"), true);

        assertThat(visit.events()).noneMatch(event -> event.startsWith("payload"));
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"HANDSHAKE", "HEADER", "PACKAGE", "PAYLOAD"})
    void endOfTheConnectionFailsWhileTheServerOwes(Phase phase) {
        ClientSession session = in(phase, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(OtaException.class, session::closed);

        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(failure).hasMessageContaining(phase.name());
    }

    @ParameterizedTest
    @EnumSource(
            value = Phase.class,
            names = {"HANDSHAKE", "HEADER", "PACKAGE", "PAYLOAD"})
    void silenceFailsWhileTheServerOwes(Phase phase) {
        ClientSession session = in(phase, new RecordingVisit(true, true));

        OtaException failure = catchThrowableOfType(OtaException.class, session::expired);

        assertThat(failure.code()).isEqualTo(ErrorCode.TIMED_OUT);
        assertThat(failure).hasMessageContaining(phase.name());
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
            public boolean offered(Optional<PackageName> latest) {
                return failIf("offered");
            }

            @Override
            public boolean announced(PackageResponse announced) {
                return failIf("announced");
            }

            @Override
            public void payload(ByteBuffer bytes) {
                failIf("payload");
            }

            private boolean failIf(String now) {
                if (method.equals(now)) {
                    throw full;
                }
                return true;
            }
        };
        ClientSession session = new ClientSession(new Secret("zebra"), timeouts(), failing, line);

        OtaException failure = catchThrowableOfType(OtaException.class, () -> {
            session.connected();
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
                .containsExactly(Phase.HANDSHAKE, Phase.HEADER, Phase.PACKAGE, Phase.PAYLOAD, Phase.OVER);
    }

    /** Returns a session in a phase, with nothing left in the line's record. */
    private ClientSession in(Phase phase, Visit visit) {
        ClientSession session = new ClientSession(new Secret("zebra"), timeouts(), visit, line);
        session.connected();
        List<Runnable> steps = Arrays.asList(
                () -> session.received(CONNECTED),
                () -> session.received(HEADER),
                () -> session.received(PACKAGE),
                () -> session.payload(bytes("abcdef"), true));
        steps.subList(0, phase.ordinal()).forEach(Runnable::run);
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
