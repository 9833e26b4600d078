package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.auth.Transcript;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.testing.Specification;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** T8, T14: nobody on the way alters, repeats, drops, reorders or moves a message unnoticed. */
class SealedFramesTest {
    private static final SessionKey KEY = TokenKey.derive(
                    new Secret(Specification.TOKEN), Octets.ofBase64(Specification.SALT), Specification.ITERATIONS)
            .session(Transcript.of(Specification.hello(), Specification.challenge(), new Octets()));
    private static final byte[] HEADER =
            ascii("{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"\"}}");
    private static final byte[] EXIT = ascii("{\"request\":\"exit\",\"data\":{}}");

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static SealedFrames client() {
        return new SealedFrames(KEY, Role.CLIENT);
    }

    private static void assertRefused(SealedFrames reader, byte[] frame) {
        assertThatThrownBy(() -> reader.open(frame))
                .as(new String(frame, StandardCharsets.ISO_8859_1))
                .isInstanceOfSatisfying(
                        OtaException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SEAL_REJECTED))
                .hasMessageNotContaining("header")
                .hasNoCause();
    }

    private static void assertRefused(byte[] frame) {
        assertRefused(client(), frame);
    }

    @Test
    void sealIsThatOfTheSpecification() {
        assertThat(client().seal(HEADER)).asString().isEqualTo(new String(Specification.sealedHeader()));
    }

    @Test
    void sealedMessageIsTheMessageAnd53Bytes() {
        assertThat(client().seal(HEADER)).hasSize(HEADER.length - 1 + 53);
    }

    @Test
    void messagesAreOpenedInTheirOrder() {
        SealedFrames sender = client();
        SealedFrames reader = client();

        for (byte[] message : new byte[][] {HEADER, EXIT, HEADER, HEADER}) {
            assertThat(reader.open(sender.seal(message))).isEqualTo(message);
        }
    }

    static IntStream bytesOfASealedHeader() {
        return IntStream.range(0, Specification.sealedHeader().length);
    }

    @ParameterizedTest
    @MethodSource("bytesOfASealedHeader")
    void everyChangeOfOneByteIsFound(int at) {
        byte[] sealed = Specification.sealedHeader();
        byte right = sealed[at];
        for (int value = 0; value < 256; value++) {
            sealed[at] = (byte) value;
            if (sealed[at] != right) {
                assertRefused(sealed);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("bytesOfASealedHeader")
    void everyTruncationIsFound(int at) {
        byte[] sealed = Specification.sealedHeader();

        assertRefused(Arrays.copyOf(sealed, at));
        assertRefused(Arrays.copyOfRange(sealed, at + 1, sealed.length));
        assertRefused(without(sealed, at));
        assertRefused(with(sealed, at, (byte) ' '));
    }

    private static byte[] without(byte[] bytes, int at) {
        byte[] result = Arrays.copyOf(bytes, bytes.length - 1);
        System.arraycopy(bytes, at + 1, result, at, bytes.length - at - 1);
        return result;
    }

    private static byte[] with(byte[] bytes, int at, byte added) {
        byte[] result = Arrays.copyOf(bytes, bytes.length + 1);
        System.arraycopy(bytes, at, result, at + 1, bytes.length - at);
        result[at] = added;
        return result;
    }

    @Test
    void repeatedMessageIsRefused() {
        SealedFrames reader = client();
        byte[] sealed = client().seal(HEADER);
        reader.open(sealed);

        assertRefused(reader, sealed);
    }

    @Test
    void messageAfterADroppedOneIsRefused() {
        SealedFrames sender = client();
        sender.seal(EXIT);

        assertRefused(sender.seal(HEADER));
    }

    @Test
    void messagesInAnotherOrderAreRefused() {
        SealedFrames sender = client();
        SealedFrames reader = client();
        byte[] first = sender.seal(HEADER);
        byte[] second = sender.seal(HEADER);

        assertRefused(reader, second);
        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void messageOfTheOtherDirectionIsRefused() {
        assertRefused(new SealedFrames(KEY, Role.SERVER).seal(HEADER));
    }

    @Test
    void messageOfAnotherSessionIsRefused() {
        SessionKey other = TokenKey.of(new Octets(new byte[32])).session(new Octets(new byte[32]));

        assertRefused(new SealedFrames(other, Role.CLIENT).seal(HEADER));
    }

    static Stream<String> sealsAtAnotherPlace() {
        String mac = "\"mac\":\"0xrpcjuFSjIENMK29JSZDzDrdtrmygaCf-Y3oUI7fnI\"";
        return Stream.of(
                "{" + mac + ",\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"\"}}",
                "{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"\"," + mac + "}}",
                "{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"\"}, " + mac + "}",
                "{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"\"}," + mac + " }",
                "{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"\"}," + mac + "," + mac
                        + "}",
                "{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"\"}}");
    }

    @ParameterizedTest
    @MethodSource("sealsAtAnotherPlace")
    void sealThatStandsElsewhereIsRefused(String frame) {
        assertRefused(ascii(frame));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{}", ",\"mac\":\"0xrpcjuFSjIENMK29JSZDzDrdtrmygaCf-Y3oUI7fnI\"}"})
    void whatIsShorterThanASealIsRefused(String frame) {
        assertRefused(ascii(frame));
    }
}
