package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds PROTOCOL.md to its word: its examples are what the decoder takes and the encoder writes. */
class ProtocolExamplesTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```([^\n]*)\n(.*?)\n```$");

    private final MessageCodec codec = new MessageCodec();

    /** One fenced block. */
    private record Example(String mark, String text) {
        byte[] bytes() {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        Dialect dialect() {
            return mark.contains(" v2") ? Dialect.V2 : Dialect.V1;
        }

        Object decode(MessageCodec codec) {
            byte[] framed = new JsonFrame().read(ByteBuffer.wrap(bytes())).orElseThrow();
            return mark.startsWith("json request")
                    ? codec.decodeRequest(framed, dialect())
                    : codec.decodeResponse(framed, dialect());
        }

        String encodeAgain(MessageCodec codec) {
            MessageWriter writer = new MessageWriter(dialect());
            byte[] message = mark.startsWith("json request")
                    ? writer.write(codec.decodeRequest(bytes(), dialect()))
                    : writer.write(codec.decodeResponse(bytes(), dialect()));
            return new String(message, StandardCharsets.UTF_8);
        }
    }

    private static List<Example> examples() {
        Path specification = Path.of(System.getProperty("projectRoot"), "ota-protocol", "PROTOCOL.md");
        try {
            return BLOCK.matcher(Files.readString(specification))
                    .results()
                    .map(block -> new Example(block.group(1), block.group(2)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Example> marked(String... marks) {
        return examples().stream().filter(example -> List.of(marks).contains(example.mark));
    }

    static Stream<Example> writtenRequests() {
        return marked("json request", "json request v2");
    }

    static Stream<Example> writtenResponses() {
        return marked("json response", "json response v2");
    }

    static Stream<Example> accepted() {
        return marked(
                "json request accepted",
                "json response accepted",
                "json request v2 accepted",
                "json response v2 accepted");
    }

    static Stream<Example> refused() {
        return marked(
                "json request refused", "json response refused", "json request v2 refused", "json response v2 refused");
    }

    @ParameterizedTest
    @MethodSource("writtenRequests")
    void requestIsWrittenAsItStandsThere(Example example) {
        assertThat(example.encodeAgain(codec)).isEqualTo(example.text);
    }

    @ParameterizedTest
    @MethodSource("writtenResponses")
    void responseIsWrittenAsItStandsThere(Example example) {
        assertThat(example.encodeAgain(codec)).isEqualTo(example.text);
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void acceptedMessageDecodes(Example example) {
        assertThat(example.decode(codec)).isNotNull();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusedMessageIsMalformedOrUnknown(Example example) {
        assertThatThrownBy(() -> example.decode(codec))
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code())
                                .isIn(ErrorCode.MALFORMED_MESSAGE, ErrorCode.UNKNOWN_REQUEST));
    }

    @Test
    void everyRequestHasAnExample() {
        Stream<Class<?>> shown =
                writtenRequests().map(example -> example.decode(codec).getClass());

        assertThat(shown).contains(Request.class.getPermittedSubclasses());
    }

    @Test
    void everyResponseHasAnExample() {
        Stream<Class<?>> shown =
                writtenResponses().map(example -> example.decode(codec).getClass());

        assertThat(shown).contains(Response.class.getPermittedSubclasses());
    }

    @Test
    void examplesAreThere() {
        assertThat(writtenRequests()).hasSizeGreaterThanOrEqualTo(6);
        assertThat(writtenResponses()).hasSizeGreaterThanOrEqualTo(8);
        assertThat(accepted()).hasSizeGreaterThanOrEqualTo(8);
        assertThat(refused()).hasSizeGreaterThanOrEqualTo(30);
    }

    @Test
    void everyMarkIsKnown() {
        assertThat(examples())
                .extracting(Example::mark)
                .isSubsetOf(
                        "",
                        "json request",
                        "json request accepted",
                        "json request refused",
                        "json response",
                        "json response accepted",
                        "json response refused",
                        "json request v2",
                        "json request v2 accepted",
                        "json request v2 refused",
                        "json response v2",
                        "json response v2 accepted",
                        "json response v2 refused",
                        "json release",
                        "json release accepted",
                        "json release refused",
                        "manifest",
                        "manifest refused",
                        "plan",
                        "plan refused");
    }
}
