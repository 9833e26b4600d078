package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestDecoderTest {
    private static final MessageCodec CODEC = new MessageCodec();
    private static final String HEADER = "{\"request\": \"header\", \"data\": {}}";
    private static final byte[] SESSION = utf8("{\"request\": \"handshake\", \"data\": {\"security\": \"密🔑\"}}"
            + HEADER + "\r\n{\"request\":\"package\",\"data\":{}}{\"request\": \"exit\", \"data\": {}}");
    private static final Decoding WHOLE = new Decoding(
            List.of(
                    new HandshakeRequest("密🔑"),
                    new HeaderRequest(Optional.empty()),
                    new PackageRequest(Optional.empty()),
                    new ExitRequest()),
            Optional.empty());

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ChannelHandler[] decoders() {
        return new ChannelHandler[] {new FrameDecoder(), new RequestDecoder(SessionCodec.ofServer(CODEC))};
    }

    private static Decoding decode(byte[]... pieces) {
        EmbeddedChannel channel = new EmbeddedChannel(decoders());
        Optional<ErrorCode> failure = Optional.empty();
        for (byte[] piece : pieces) {
            try {
                channel.writeInbound(Unpooled.copiedBuffer(piece));
            } catch (OtaException e) {
                failure = failure.isPresent() ? failure : Optional.of(e.code());
            }
        }
        List<Object> messages = new ArrayList<>();
        for (Object out = channel.readInbound(); out != null; out = channel.readInbound()) {
            messages.add(out);
        }
        channel.finishAndReleaseAll();
        return new Decoding(messages, failure);
    }

    /** What came out, and why decoding ended, if it did. */
    private record Decoding(List<Object> messages, Optional<ErrorCode> failure) {}

    static IntStream everySplit() {
        return IntStream.rangeClosed(0, SESSION.length);
    }

    @ParameterizedTest
    @MethodSource("everySplit")
    void sessionSurvivesAnySegmentation(int split) {
        Decoding decoded = decode(Arrays.copyOf(SESSION, split), Arrays.copyOfRange(SESSION, split, SESSION.length));

        assertThat(decoded).isEqualTo(WHOLE);
    }

    @Test
    void sessionSurvivesSingleBytes() {
        byte[][] bytes = IntStream.range(0, SESSION.length)
                .mapToObj(at -> new byte[] {SESSION[at]})
                .toArray(byte[][]::new);

        assertThat(decode(bytes)).isEqualTo(WHOLE);
    }

    @Test
    void messageSurvivesEverySplitIntoThree() {
        byte[] message = utf8(HEADER);
        for (int first = 0; first <= message.length; first++) {
            for (int second = first; second <= message.length; second++) {
                Decoding decoded = decode(
                        Arrays.copyOf(message, first),
                        Arrays.copyOfRange(message, first, second),
                        Arrays.copyOfRange(message, second, message.length));

                assertThat(decoded.messages())
                        .as("%d, %d", first, second)
                        .containsExactly(new HeaderRequest(Optional.empty()));
            }
        }
    }

    @Test
    void nothingIsDecodedAfterABrokenMessage() {
        Decoding decoded = decode(utf8("{]" + HEADER), utf8(HEADER));

        assertThat(decoded).isEqualTo(new Decoding(List.of(), Optional.of(ErrorCode.MALFORMED_MESSAGE)));
    }

    @Test
    void nothingIsDecodedAfterAnUnknownRequest() {
        Decoding decoded = decode(utf8("{\"request\": \"reboot\", \"data\": {}}" + HEADER), utf8(HEADER));

        assertThat(decoded).isEqualTo(new Decoding(List.of(), Optional.of(ErrorCode.UNKNOWN_REQUEST)));
    }

    @Test
    void whatCameBeforeABrokenMessageCounts() {
        assertThat(decode(utf8(HEADER + "x")).messages()).containsExactly(new HeaderRequest(Optional.empty()));
    }

    @Test
    void brokenMessageIsReportedOnce() {
        EmbeddedChannel channel = new EmbeddedChannel(decoders());
        assertThatThrownBy(() -> channel.writeInbound(Unpooled.copiedBuffer("x", StandardCharsets.UTF_8)))
                .isInstanceOf(OtaException.class);

        assertThat(channel.writeInbound(Unpooled.copiedBuffer("x", StandardCharsets.UTF_8)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "{]", HEADER, HEADER + "{"})
    void bytesAreReleased(String text) {
        ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        EmbeddedChannel channel = new EmbeddedChannel(decoders());
        try {
            channel.writeInbound(bytes);
        } catch (OtaException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_MESSAGE);
        }

        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void isMidMessageFromFirstByteToLast() {
        FrameDecoder decoder = new FrameDecoder();
        EmbeddedChannel channel = new EmbeddedChannel(decoder);

        assertThat(decoder.isMidMessage()).isFalse();
        channel.writeInbound(Unpooled.copiedBuffer("{\"request\"", StandardCharsets.UTF_8));
        assertThat(decoder.isMidMessage()).isTrue();
        channel.writeInbound(Unpooled.copiedBuffer(": \"exit\", \"data\": {}}", StandardCharsets.UTF_8));
        assertThat(decoder.isMidMessage()).isFalse();
    }

    @Test
    void isNotMidMessageOnceBroken() {
        FrameDecoder decoder = new FrameDecoder();
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        assertThatThrownBy(() -> channel.writeInbound(Unpooled.copiedBuffer("{]", StandardCharsets.UTF_8)))
                .isInstanceOf(OtaException.class);

        assertThat(decoder.isMidMessage()).isFalse();
    }

    @Test
    void damagedBytesGiveTheSameResultInAnySegmentation() {
        Random random = new Random(20261124);
        for (int run = 0; run < 20_000; run++) {
            byte[] damaged = damaged(random);
            int split = random.nextInt(damaged.length + 1);

            Decoding pieces = decode(Arrays.copyOf(damaged, split), Arrays.copyOfRange(damaged, split, damaged.length));

            assertThat(pieces).as("run %d", run).isEqualTo(decode(damaged));
        }
    }

    /** A session with up to 3 bytes replaced by others that mean something to a parser. */
    private static byte[] damaged(Random random) {
        byte[] bytes = SESSION.clone();
        byte[] special = {'{', '}', '[', ']', '"', '\\', ':', ',', '0', 'e', 'u', ' ', 0, 0x1f, -1, (byte) 0xc3};
        for (int i = random.nextInt(3); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = special[random.nextInt(special.length)];
        }
        return bytes;
    }
}
