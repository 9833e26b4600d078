package dev.otapair.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.MessageEncoder;
import dev.otapair.protocol.wire.ResponseDecoder;
import dev.otapair.protocol.wire.SessionCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a channel does to a session: its clock, its failures, its buffers. Time is the channel's own, and stands still. */
class SessionHandlerTest {
    private static final String LEGACY =
            "{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}";
    private static final String CONNECTED = "{\"response\": \"connected\", \"data\": {}}";
    private static final String HEADER = "{\"response\": \"header\", \"data\": {\"latest\": \"fw-2\"}}";
    private static final String PACKAGE =
            "{\"response\": \"package\", \"data\": {\"latest\": \"fw-2\", \"size\": \"6\","
                    + " \"md5\": \"0123456789abcdef0123456789abcdef\"}}";

    private final RecordingVisit visit = new RecordingVisit(true, true);
    private final SessionCodec codec = SessionCodec.ofClient(new MessageCodec());
    private EmbeddedChannel channel;
    private SessionHandler handler;

    @AfterEach
    void releaseWhatIsLeft() {
        channel.finishAndReleaseAll();
    }

    @Test
    void helloIsSaidWhenTheConnectionIsThere() {
        open(visit, 3, 5, 7);

        assertThat(said()).startsWith("{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,\"cn\":\"");
    }

    @Test
    void silenceAfterTheHelloFailsWhenTheResponseTimeIsUp() {
        open(visit, 3, 5, 7);

        pass(4999);
        boolean wasOpen = channel.isOpen();
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
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void silenceInTheHandshakeIsBorneUntilThen() {
        openV1(visit, 3, 5, 7);

        pass(2999);

        assertThat(handler.failure()).isEmpty();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void responseTimeStartsWithTheRequest() {
        openV1(visit, 3, 5, 7);
        pass(2000);
        hear(CONNECTED);

        pass(4999);
        boolean wasOpen = channel.isOpen();
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
        boolean wasOpen = channel.isOpen();
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

        assertThat(handler.failure()).isEmpty();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void silenceWithinThePackageFailsOneReadTimeAfterTheLastChunk() {
        openV1(visit, 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE + "a");
        pass(6000);
        hear("b");

        pass(6999);
        boolean wasOpen = channel.isOpen();
        pass(1);

        assertThat(wasOpen).isTrue();
        assertThat(failure().code()).isEqualTo(ErrorCode.TIMED_OUT);
    }

    @Test
    void noAlarmIsLeftWhenTheSessionIsOver() {
        openV1(visit, 3, 5, 7);

        hear(CONNECTED + HEADER + PACKAGE + "abcdef");

        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        assertThat(handler.failure()).isEmpty();
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

        channel.close();

        assertThat(failure().code()).isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    @Test
    void brokenConnectionFailsTheSession() {
        openV1(visit, 3, 5, 7);

        channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));

        assertThat(failure().code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(failure()).hasMessageContaining("Connection reset by peer");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void firstFailureIsTheOneThatIsTold() {
        openV1(visit, 3, 5, 7);
        ChannelHandlerContext context = channel.pipeline().context(handler);
        hear("{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}");

        handler.exceptionCaught(context, new IOException("Connection reset by peer"));

        assertThat(failure().code()).isEqualTo(ErrorCode.SECRET_REJECTED);
    }

    @Test
    void messageThatCannotBeReadFailsTheSession() {
        openV1(visit, 3, 5, 7);

        hear("HTTP/1.1 400 Bad Request\r\n\r\n");

        assertThat(failure().code()).isEqualTo(ErrorCode.MALFORMED_MESSAGE);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void nothingIsProcessedAfterAFailure() {
        openV1(visit, 3, 5, 7);

        hear(HEADER + CONNECTED + HEADER + PACKAGE + "abcdef");

        assertThat(visit.events()).isEmpty();
    }

    @Test
    void chunksAreReleasedWhenTheyWereTaken() {
        openV1(visit, 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE);
        ByteBuf chunk = buffer("abcdef");

        channel.writeInbound(chunk);

        assertThat(chunk.refCnt()).isZero();
    }

    @Test
    void chunksAreReleasedAlsoWhenTheDiskIsFull() {
        openV1(new FullDisk(), 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE);
        ByteBuf chunk = buffer("abc");

        channel.writeInbound(chunk);

        assertThat(chunk.refCnt()).isZero();
    }

    @Test
    void chunksAreReleasedAlsoAfterAFailure() {
        openV1(visit, 3, 5, 7);
        ByteBuf joined = buffer(CONNECTED + HEADER + CONNECTED + HEADER + PACKAGE + "abcdef");

        channel.writeInbound(joined);

        assertThat(joined.refCnt()).isZero();
    }

    @Test
    void chunksOfAPackageThatIsNotWantedAreReleased() {
        openV1(new RecordingVisit(true, false), 3, 5, 7);
        hear(CONNECTED + HEADER);
        ByteBuf joined = buffer(PACKAGE + "abcdef");

        channel.writeInbound(joined);

        assertThat(joined.refCnt()).isZero();
        assertThat(handler.failure()).isEmpty();
    }

    @Test
    void emptyPackageEndsTheSession() {
        openV1(visit, 3, 5, 7);

        hear(CONNECTED + HEADER + PACKAGE.replace("\"6\"", "\"0\""));

        assertThat(visit.events()).endsWith("payload ");
        assertThat(channel.isOpen()).isFalse();
        assertThat(handler.failure()).isEmpty();
    }

    /** v1 has no trailer, but the package is whole whatever follows it. */
    @Test
    void whatFollowsTheLastByteDoesNotFailTheSession() {
        openV1(visit, 3, 5, 7);

        hear(CONNECTED + HEADER + PACKAGE + "abcdef" + "no message");

        assertThat(handler.failure()).isEmpty();
    }

    /** A server may be gone already when it has sent all. */
    @Test
    void exitThatCannotBeSaidDoesNotFailTheSession() {
        openV1(visit, 3, 5, 7);
        hear(CONNECTED + HEADER + PACKAGE + "abc");
        channel.pipeline().addFirst(new BrokenOutput());

        hear("def");

        assertThat(handler.failure()).isEmpty();
    }

    @Test
    void exitThatCannotBeSaidDoesNotHideTheServersReason() {
        openV1(visit, 3, 5, 7);
        channel.pipeline().addFirst(new BrokenOutput());

        hear("{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}");

        assertThat(failure().code()).isEqualTo(ErrorCode.SECRET_REJECTED);
    }

    @Test
    void requestThatCannotBeSaidFailsTheSession() {
        openV1(visit, 3, 5, 7);
        channel.pipeline().addFirst(new BrokenOutput());

        hear(CONNECTED);

        assertThat(failure().code()).isEqualTo(ErrorCode.CONNECTION_LOST);
    }

    @Test
    void defectOfOursIsNotDressedUpAsTheServersFault() {
        Visit broken = new Visit() {
            @Override
            public boolean offered(HeaderResponse header) {
                throw new IllegalStateException("a defect");
            }

            @Override
            public Decision announced(PackageResponse announced) {
                return Decision.LEAVE;
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
        };
        openV1(broken, 3, 5, 7);

        hear(CONNECTED + HEADER);

        assertThat(handler.failure().orElseThrow()).isInstanceOf(IllegalStateException.class);
    }

    private static final class BrokenOutput extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
            promise.setFailure(new IOException("Broken pipe"));
        }
    }

    private static final class FullDisk implements Visit {
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
            throw new OtaException(ErrorCode.CANNOT_WRITE, "disk full");
        }
    }

    private void open(Visit guest, long handshake, long response, long read) {
        ClientSession.Timeouts timeouts = new ClientSession.Timeouts(
                Duration.ofSeconds(handshake), Duration.ofSeconds(response), Duration.ofSeconds(read));
        handler = new SessionHandler(line -> new ClientSession(Known.allowingLegacy(), timeouts, guest, codec, line));
        channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline().addLast(new MessageEncoder(codec), new ResponseDecoder(codec), handler);
        channel.pipeline().fireChannelActive();
    }

    /** As {@link #open}, up to the v1 handshake. */
    private void openV1(Visit guest, long handshake, long response, long read) {
        open(guest, handshake, response, read);
        hear(LEGACY);
        said();
    }

    private void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    private void hear(String text) {
        channel.pipeline().fireChannelRead(buffer(text)).fireChannelReadComplete();
        channel.runPendingTasks();
    }

    private String said() {
        ByteBuf first = channel.readOutbound();
        String text = first.toString(StandardCharsets.UTF_8);
        first.release();
        return text;
    }

    private OtaException failure() {
        return (OtaException) handler.failure().orElseThrow();
    }

    private static ByteBuf buffer(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }
}
