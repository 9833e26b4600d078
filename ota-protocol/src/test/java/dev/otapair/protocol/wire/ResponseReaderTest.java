package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {
    private static final MessageCodec CODEC = new MessageCodec();
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "0123456789abcdef0123456789abcdef");
    private static final String GZIP = "\u001f\u008b\b\u0000{}\"";
    private static final String CONNECTED = "{\"response\": \"connected\", \"data\": {}}";
    private static final byte[] SESSION =
            latin1(CONNECTED + announced(7) + GZIP + CONNECTED + announced(0) + CONNECTED);
    private static final Decoding WHOLE = new Decoding(
            List.of(
                    new ConnectedResponse(Optional.empty()),
                    packageOf(7),
                    new ConnectedResponse(Optional.empty()),
                    packageOf(0),
                    new ConnectedResponse(Optional.empty())),
            GZIP,
            2,
            Optional.empty());

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String announced(int size) {
        return "{\"response\": \"package\", \"data\": {\"latest\": \"fw\", \"size\": \"" + size + "\", \"md5\": \""
                + MD5.hex() + "\"}}";
    }

    private static PackageResponse packageOf(int size) {
        return PackageResponse.whole(new PackageName("fw"), size, MD5);
    }

    private static SessionCodec v1Client() {
        SessionCodec session = SessionCodec.ofClient(CODEC);
        session.speakV1();
        return session;
    }

    private static Decoding decode(byte[]... pieces) {
        return Decoding.ofResponses(v1Client(), pieces);
    }

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
    void packageSurvivesEverySplitIntoThree() {
        byte[] wire = latin1(announced(7) + GZIP);
        for (int first = 0; first <= wire.length; first++) {
            for (int second = first; second <= wire.length; second++) {
                Decoding decoded = decode(
                        Arrays.copyOf(wire, first),
                        Arrays.copyOfRange(wire, first, second),
                        Arrays.copyOfRange(wire, second, wire.length));

                assertThat(decoded)
                        .as("%d, %d", first, second)
                        .isEqualTo(new Decoding(List.of(packageOf(7)), GZIP, 1, Optional.empty()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u001f\u008b", "{}", "{\"", "\"}", "  ", "\n{", "]]", "\u0000\u0000", "\u00ff\u00fe"})
    void payloadMayBeginWithAnyByte(String payload) {
        assertThat(decode(latin1(announced(2) + payload)))
                .isEqualTo(new Decoding(List.of(packageOf(2)), payload, 1, Optional.empty()));
    }

    @Test
    void emptyPackageIsOneEmptyLastChunk() {
        assertThat(decode(latin1(announced(0))))
                .isEqualTo(new Decoding(List.of(packageOf(0)), "", 1, Optional.empty()));
    }

    /** What came with the last thing that was wanted is not looked at. */
    @Test
    void nothingIsReadForOneWhoDoesNotListen() {
        List<Response> heard = new ArrayList<>();
        ResponseReader reader = new ResponseReader(v1Client(), new ResponseReader.Receiver() {
            @Override
            public void received(Response response) {
                heard.add(response);
            }

            @Override
            public void payload(ByteBuffer bytes, boolean last) {
                throw new AssertionError("payload came");
            }

            @Override
            public boolean isListening() {
                return heard.isEmpty();
            }
        });
        ByteBuffer bytes = ByteBuffer.wrap(latin1(announced(2) + "no message"));

        reader.read(bytes);

        assertThat(heard).containsExactly(packageOf(2));
        assertThat(bytes.remaining()).isEqualTo("no message".length());
    }

    @Test
    void onlyTheChunkThatCompletesAPackageIsItsLast() {
        Decoding decoded = decode(latin1(announced(3)), latin1("a"), latin1("b"));

        assertThat(decoded.packages()).isZero();
        assertThat(decoded.payload()).isEqualTo("ab");
    }

    @Test
    void bytesAfterThePackageAreTheNextMessage() {
        assertThat(decode(latin1(announced(2) + "ab" + CONNECTED)).messages())
                .containsExactly(packageOf(2), new ConnectedResponse(Optional.empty()));
    }

    @Test
    void whatTrailsAPackageAndIsNoMessageIsRefused() {
        assertThat(decode(latin1(announced(2) + "abc")).failure()).contains(ErrorCode.MALFORMED_MESSAGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"-1\"",
                "\"+1\"",
                "\"1e99\"",
                "\"12abc\"",
                "\"\"",
                "\" 1\"",
                "\"1 \"",
                "\"0x10\"",
                "\"1.0\"",
                "\"1_000\"",
                "\"9999999999999999999\"",
                "\"9223372036854775808\"",
                "\"\u00b2\"",
                "12",
                "1e999",
                "null",
                "true",
                "{}",
                "[\"1\"]"
            })
    void sizeThatIsNoDecimalTextIsRefused(String size) {
        String message = announced(1).replace("\"size\": \"1\"", "\"size\": " + size);

        assertThat(decode(message.getBytes(StandardCharsets.UTF_8)).failure()).contains(ErrorCode.MALFORMED_MESSAGE);
    }

    @Test
    void eighteenDigitsAreRead() {
        String message = announced(1).replace("\"1\"", "\"999999999999999999\"");

        assertThat(decode(latin1(message)).messages())
                .containsExactly(PackageResponse.whole(new PackageName("fw"), 999_999_999_999_999_999L, MD5));
    }

    @Test
    void nothingIsDecodedAfterABrokenMessage() {
        assertThat(decode(latin1("{]" + CONNECTED), latin1(announced(2) + "ab")))
                .isEqualTo(new Decoding(List.of(), "", 0, Optional.of(ErrorCode.MALFORMED_MESSAGE)));
    }
}
