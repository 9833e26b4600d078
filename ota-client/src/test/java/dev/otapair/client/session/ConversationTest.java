package dev.otapair.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What surrounds a session: its clock, its failures, what is sent. Time stands still but for {@link #pass}. */
class ConversationTest {
    private static final String LEGACY =
            "{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}";
    private static final String CONNECTED = "{\"response\": \"connected\", \"data\": {}}";
    private static final String HEADER = "{\"response\": \"header\", \"data\": {\"latest\": \"fw-2\"}}";
    private static final String PACKAGE =
            "{\"response\": \"package\", \"data\": {\"latest\": \"fw-2\", \"size\": \"6\","
                    + " \"md5\": \"0123456789abcdef0123456789abcdef\"}}";

    private final RecordingVisit visit = new RecordingVisit(true, true);
    private final SessionCodec codec = SessionCodec.ofClient(new MessageCodec());
    private RecordingLink link;
    private Conversation conversation;
    private long now = Long.MAX_VALUE;

    @Test
    void helloIsSaidWhenTheConnectionIsThere() {
        open(visit, 3, 5, 7);

        assertThat(said()).startsWith("{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,\"cn\":\"");
    }

    @Test
    void silenceAfterTheHelloFailsWhenTheResponseTimeIsUp() {
        open(visit, 3, 5, 7);

        pass(4999);
        boolean wasOpen = conversation.isListening();
        pass(1);

        assertThat(wasOpen).isTrue();
        assertThat(failure().code()).isEqualTo(ErrorCode.TIMED_OUT);
    }

    @Test
    void nonceIsAnotherInEverySession() {
        open(visit, 3, 5, 7);
        String first = said();
        open(visit, 3, 5, 7);

        assertThat(said()).hasSameSizeAs(first).isNotEqualTo(first);
    }

    @Test
    void handshakeIsSaidToAV1Server() {
        openV1(visit, 3, 5, 7);

        assertThat(said()).isEqualTo("{\"request\": \"handshake\", \"data\": {\"security\": \"zebra\"}}");
    }

    @Test
    void silenceInTheHandshakeFailsWhenItsTimeIsUp() {
        openV1(visit, 3, 5, 7);

        pass(3000);

        assertThat(failure().code()).isEqualTo(ErrorCode.TIMED_OUT);
        assertThat(conversation.isListening()).isFalse();
    }

    @Test
    void silenceInTheHandshakeIsBorneUntilThen() {
        openV1(visit, 3, 5, 7);

        pass(2999);

        assertThat(conversation.failure()).isEmpty();
        assertThat(conversation.isListening()).isTrue();
    }

    @Test
    void responseTimeStartsWithTheRequest() {
        openV1(visit, 3, 5, 7);
        pass(2000);
        hear(CONNECTED);

        pass(4999);
        boolean wasOpen = conversation.isListening();
        pass(1);

        assertThat(wasOpen).isTrue();
        assertThat(failure().code()).isEqualTo(ErrorCode.TIMED_OUT);
    }

    /** The alarm of the long wait is still set when the short one begins. */
    @Test
    void shorterTimeAfterALongerOneRingsOnTime() {
        openV1(visit, 330, 2, 7);
        hear(CONNECTED);

        pass(1999);
        boolean wasOpen = conversation.isListening();
        pass(1);

        assertThat(wasOpen).isTrue();
        assertThat(failure().code()).isEqualTo(ErrorCode.TIMED_OUT);
    }

    @Test
    void everyChunkMovesTheReadTime() {
        openV1(visit, 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE);

        for (String chunk : List.of("a", "b", "c", "d", "e")) {
            pass(6999);
            hear(chunk);
        }

        assertThat(conversation.failure()).isEmpty();
        assertThat(conversation.isListening()).isTrue();
    }

    @Test
    void silenceWithinThePackageFailsOneReadTimeAfterTheLastChunk() {
        openV1(visit, 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE + "a");
        pass(6000);
        hear("b");

        pass(6999);
        boolean wasOpen = conversation.isListening();
        pass(1);

        assertThat(wasOpen).isTrue();
        assertThat(failure().code()).isEqualTo(ErrorCode.TIMED_OUT);
    }

    @Test
    void noAlarmIsLeftWhenTheSessionIsOver() {
        openV1(visit, 3, 5, 7);

        hear(CONNECTED + HEADER + PACKAGE + "abcdef");

        assertThat(conversation.isListening()).isFalse();
        assertThat(conversation.failure()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 40, 41, 42, 90, 91, 200, 210})
    void wholeSessionWorksWhereverTheStreamIsSplit(int split) {
        openV1(visit, 3, 5, 7);
        String stream = CONNECTED + HEADER + PACKAGE + "abcdef";
        int at = Math.min(split, stream.length());

        hear(stream.substring(0, at));
        hear(stream.substring(at));

        assertThat(String.join("", visit.events()).replace("payload ", ""))
                .isEqualTo("offered fw-2announced fw-2abcdef");
    }

    @Test
    void endOfTheConnectionFailsTheSession() {
        openV1(visit, 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE + "abc");

        conversation.ended();

        assertThat(failure().code()).isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    /** Some failures of Java's sockets say nothing. */
    @Test
    void brokenConnectionIsNeverNull() {
        openV1(visit, 3, 5, 7);

        conversation.broke(new IOException());

        assertThat(failure()).hasMessageNotContaining("null").hasMessageStartingWith("the connection broke: ");
    }

    @Test
    void brokenConnectionFailsTheSession() {
        openV1(visit, 3, 5, 7);

        conversation.broke(new IOException("Connection reset by peer"));

        assertThat(failure().code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(failure()).hasMessageContaining("connection reset by peer");
        assertThat(conversation.isListening()).isFalse();
    }

    @Test
    void firstFailureIsTheOneThatIsTold() {
        openV1(visit, 3, 5, 7);
        hear("{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}");

        conversation.broke(new IOException("Connection reset by peer"));

        assertThat(failure().code()).isEqualTo(ErrorCode.SECRET_REJECTED);
    }

    @Test
    void messageThatCannotBeReadFailsTheSession() {
        openV1(visit, 3, 5, 7);

        hear("HTTP/1.1 400 Bad Request\r\n\r\n");

        assertThat(failure().code()).isEqualTo(ErrorCode.MALFORMED_MESSAGE);
        assertThat(conversation.isListening()).isFalse();
    }

    @Test
    void nothingIsProcessedAfterAFailure() {
        openV1(visit, 3, 5, 7);

        hear(HEADER + CONNECTED + HEADER + PACKAGE + "abcdef");

        assertThat(visit.events()).isEmpty();
    }

    @Test
    void diskThatIsFullFailsTheSession() {
        openV1(new FullDisk(), 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE);

        hear("abc");

        assertThat(failure().code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(conversation.isListening()).isFalse();
    }

    @Test
    void packageThatIsNotWantedEndsTheSession() {
        openV1(new RecordingVisit(true, false), 3, 5, 7);

        hear(CONNECTED + HEADER + PACKAGE + "abcdef");

        assertThat(conversation.failure()).isEmpty();
        assertThat(conversation.isListening()).isFalse();
    }

    /** What is slow is found by the guard, however often bytes move the read time. */
    @Test
    void dripFailsTheSession() {
        openV1(visit, 3, 5, 1000);
        hear(CONNECTED + HEADER + PACKAGE + "a");
        pass(119_999);
        hear("b");
        boolean wasOpen = conversation.isListening();

        pass(1);

        assertThat(wasOpen).isTrue();
        assertThat(failure().code()).isEqualTo(ErrorCode.TIMED_OUT);
        assertThat(failure()).hasMessageContaining("min_rate");
    }

    @Test
    void nextLookIsDueWithTheNextDeadline() {
        openV1(visit, 3, 5, 7);
        pass(1000);
        hear(CONNECTED + HEADER + PACKAGE + "a");

        assertThat(conversation.nanosUntilLook()).isEqualTo(TimeUnit.SECONDS.toNanos(7));
    }

    @Test
    void emptyPackageEndsTheSession() {
        openV1(visit, 3, 5, 7);

        hear(CONNECTED + HEADER + PACKAGE.replace("\"6\"", "\"0\""));

        assertThat(visit.events()).endsWith("payload ");
        assertThat(conversation.isListening()).isFalse();
        assertThat(conversation.failure()).isEmpty();
    }

    /** v1 has no trailer, but the package is whole whatever follows it. */
    @Test
    void whatFollowsTheLastByteDoesNotFailTheSession() {
        openV1(visit, 3, 5, 7);

        hear(CONNECTED + HEADER + PACKAGE + "abcdef" + "no message");

        assertThat(conversation.failure()).isEmpty();
    }

    /** A server may be gone already when it has sent all. */
    @Test
    void exitThatCannotBeSaidDoesNotFailTheSession() {
        openV1(visit, 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE + "abc");
        link.isBroken = true;

        hear("def");

        assertThat(conversation.failure()).isEmpty();
    }

    @Test
    void exitThatCannotBeSaidDoesNotHideTheServersReason() {
        openV1(visit, 3, 5, 7);
        link.isBroken = true;

        hear("{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}");

        assertThat(failure().code()).isEqualTo(ErrorCode.SECRET_REJECTED);
    }

    @Test
    void requestThatCannotBeSaidFailsTheSession() {
        openV1(visit, 3, 5, 7);
        link.isBroken = true;

        hear(CONNECTED);

        assertThat(failure().code()).isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    @Test
    void defectOfOursIsNotDressedUpAsTheServersFault() {
        Visit broken = new Wanting() {
            @Override
            public boolean offered(HeaderResponse header) {
                throw new IllegalStateException("a defect");
            }
        };
        openV1(broken, 3, 5, 7);

        hear(CONNECTED + HEADER);

        assertThat(conversation.failure().orElseThrow()).isInstanceOf(IllegalStateException.class);
    }

    /** Keeps what is sent. */
    private static final class RecordingLink implements Conversation.Link {
        private final Queue<byte[]> said = new ArrayDeque<>();
        private boolean isBroken;

        @Override
        public void send(byte[] bytes, boolean more) throws IOException {
            if (isBroken) {
                throw new IOException("Broken pipe");
            }
            said.add(bytes);
        }

        @Override
        public Octets channelBinding() {
            return new Octets();
        }
    }

    /** Takes all that is offered by a v1 server. */
    private static class Wanting implements Visit {
        @Override
        public boolean offered(HeaderResponse header) {
            return true;
        }

        @Override
        public Decision announced(PackageResponse announced) {
            return Decision.RECEIVE;
        }

        @Override
        public Board board() {
            throw new AssertionError("v1 says nothing of the board");
        }

        @Override
        public Optional<Request> wanted(Set<Feature> features) {
            return Optional.of(new PackageRequest(Optional.empty()));
        }

        @Override
        public boolean payload(ByteBuffer bytes) {
            return true;
        }
    }

    private static final class FullDisk extends Wanting {
        @Override
        public boolean payload(ByteBuffer bytes) {
            throw new OtaException(ErrorCode.CANNOT_WRITE, "disk full");
        }
    }

    private void open(Visit guest, long handshake, long response, long read) {
        ClientSession.Timeouts timeouts = new ClientSession.Timeouts(
                Duration.ofSeconds(handshake), Duration.ofSeconds(response), Duration.ofSeconds(read));
        link = new RecordingLink();
        conversation = new Conversation(
                line -> new ClientSession(Known.allowingLegacy(), timeouts, guest, codec, line),
                codec,
                new LowSpeedGuard(64),
                () -> now,
                link);
        conversation.connected();
    }

    /** As {@link #open}, up to the v1 handshake. */
    private void openV1(Visit guest, long handshake, long response, long read) {
        open(guest, handshake, response, read);
        hear(LEGACY);
        said();
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
        conversation.look();
    }

    private void hear(String text) {
        conversation.arrived(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private String said() {
        return new String(link.said.remove(), StandardCharsets.UTF_8);
    }

    private OtaException failure() {
        return (OtaException) conversation.failure().orElseThrow();
    }
}
