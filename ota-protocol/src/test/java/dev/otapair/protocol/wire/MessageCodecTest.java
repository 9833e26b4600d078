package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "d41d8cd98f00b204e9800998ecf8427e");

    private final MessageCodec codec = new MessageCodec();
    private final MessageWriter writer = new MessageWriter(Dialect.V1);

    private String encoded(Request request) {
        return new String(writer.write(request), StandardCharsets.UTF_8);
    }

    private String encoded(Response response) {
        return new String(writer.write(response), StandardCharsets.UTF_8);
    }

    private SessionCodec v1Client() {
        SessionCodec session = SessionCodec.ofClient(codec);
        session.speakV1();
        return session;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void packageIsWrittenWithPythonsSpacing() {
        assertThat(encoded(PackageResponse.whole(new PackageName("fw"), 25_399_571, MD5)))
                .isEqualTo("{\"response\": \"package\", \"data\": {\"latest\": \"fw\", \"size\": \"25399571\", "
                        + "\"md5\": \"d41d8cd98f00b204e9800998ecf8427e\"}}");
    }

    @Test
    void nonAsciiIsEscapedInLowerCase() {
        assertThat(encoded(new HandshakeRequest("é密🔑")))
                .isEqualTo("{\"request\": \"handshake\", \"data\": {\"security\": \"\\u00e9\\u5bc6\\ud83d\\udd11\"}}");
    }

    @Test
    void controlCharactersAreEscapedAsPythonDoes() {
        assertThat(encoded(new HandshakeRequest("\u0000\u001f\b\f\n\r\t\"\\/'<")))
                .isEqualTo("{\"request\": \"handshake\", \"data\": {\"security\": "
                        + "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/'<\"}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "é", "中", "🔑"})
    void longestNameFitsWhatAV1PeerReads(String character) {
        int width = utf8(character).length;
        PackageName longest = new PackageName(character.repeat(200 / width));

        assertThat(writer.write(PackageResponse.whole(longest, PackageResponse.MAX_SIZE, MD5)))
                .hasSizeLessThanOrEqualTo(1024);
        assertThat(writer.write(new HeaderResponse(Optional.of(Offer.named(longest)), OptionalLong.empty())))
                .hasSizeLessThanOrEqualTo(1024);
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void everyReasonIsWrittenAsItIs(ErrorCode code) {
        assertThat(encoded(new ErrorResponse(code.reason())))
                .isEqualTo("{\"response\": \"error\", \"data\": {\"reason\": \"" + code.reason() + "\"}}");
    }

    @Test
    void messageLongerThanAV1PeerReadsIsNotSent() {
        assertThatThrownBy(() -> writer.write(new HandshakeRequest("x".repeat(1024))))
                .isInstanceOf(OtaException.class)
                .hasMessageContaining("a peer of V1 reads 1024");
    }

    @Test
    void messageOf1024BytesIsSent() {
        int envelope = encoded(new HandshakeRequest("")).length();

        assertThat(writer.write(new HandshakeRequest("x".repeat(1024 - envelope))))
                .hasSize(1024);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"request\": \"correct horse\", \"data\": {}}",
                "{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}, \"a\": 1, \"a\": 1}",
                "{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\", }}",
                "{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\\x\"}}",
                "{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\\ud83d\"}}",
                "{\"request\": \"handshake\", \"data\": {\"security\": [\"correct horse\"]}}",
                "{\"request\": \"handshake\", \"data\": {\"correct horse\": 1, \"correct horse\": 2}}",
                "{\"request\": \"handshake\", \"data\": \"correct horse\"}",
                "{\"correct horse\"}",
                "{\"request\": correct horse}"
            })
    void faultOfARequestNeverQuotesTheToken(String json) {
        OtaException fault =
                catchThrowableOfType(OtaException.class, () -> codec.decodeRequest(utf8(json), Dialect.V1));

        StringWriter trace = new StringWriter();
        fault.printStackTrace(new PrintWriter(trace));
        assertThat(trace.toString()).doesNotContain("horse");
    }

    @Test
    void faultOfATooLongTokenDoesNotQuoteIt() {
        assertThatThrownBy(() -> writer.write(new HandshakeRequest("horse".repeat(1000))))
                .hasMessageNotContaining("horse");
    }
}
