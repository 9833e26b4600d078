package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    private static Fields read(String json) {
        return new JsonReader().read("message", json.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(String json) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.MALFORMED_MESSAGE));
    }

    @Test
    void stringOf1024CharactersIsRead() {
        assertThat(read("{\"a\": \"" + "x".repeat(1024) + "\"}").text("a")).hasSize(1024);
    }

    @Test
    void stringOf1025CharactersIsRefused() {
        assertRefused("{\"a\": \"" + "x".repeat(1025) + "\"}");
        assertRefused("{\"a\": [\"" + "x".repeat(1025) + "\"]}");
    }

    @Test
    void metadataOf2733CharactersIsRefused() {
        assertThat(read("{\"meta\": \"" + "x".repeat(2732) + "\"}").text("meta"))
                .hasSize(2732);
        assertRefused("{\"meta\": \"" + "x".repeat(2733) + "\"}");
    }

    @Test
    void nameOf64BytesIsRead() {
        String name = "n".repeat(64);

        assertThat(read("{\"" + name + "\": \"x\"}").text(name)).isEqualTo("x");
    }

    @Test
    void nameOf65BytesIsRefused() {
        assertRefused("{\"" + "n".repeat(65) + "\": \"x\"}");
    }

    @Test
    void numberOf20DigitsIsIgnored() {
        assertThat(read("{\"n\": 12345678901234567890, \"a\": \"x\"}").text("a"))
                .isEqualTo("x");
    }

    @Test
    void numberOf21DigitsIsRefused() {
        assertRefused("{\"n\": 123456789012345678901}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\": 1,}",
                "{,}",
                "{\"a\"}",
                "{\"a\" 1}",
                "{\"a\": }",
                "{a: 1}",
                "{\"a\": 01}",
                "{\"a\": +1}",
                "{\"a\": .5}",
                "{\"a\": 1.}",
                "{\"a\": NaN}",
                "{\"a\": tru}",
                "{\"a\": 'x'}",
                "{\"a\": \"\\x\"}",
                "{\"a\": \"\\u12\"}",
                "{\"a\": 1 /* */}",
                "{\"a\": 1 \"b\": 2}",
                "{\"a\": [1 2]}",
                "{\"a\": [1,]}"
            })
    void whatIsNotRfc8259IsRefused(String json) {
        assertRefused(json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\": 1, \"a\": 1}",
                "{\"a\": 1, \"\\u0061\": 1}",
                "{\"b\": {\"a\": 1, \"a\": 1}}",
                "{\"b\": [{\"a\": 1, \"a\": 1}]}"
            })
    void nameThatStandsTwiceIsRefused(String json) {
        assertRefused(json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\": \"\\ud83d\"}",
                "{\"a\": \"\\udd11\"}",
                "{\"a\": \"\\udd11\\ud83d\"}",
                "{\"a\": \"\\ud83dx\"}",
                "{\"a\": \"\\ud83d\\ud83d\\udd11\"}"
            })
    void halfOfASurrogatePairIsRefused(String json) {
        assertRefused(json);
    }

    @Test
    void surrogatePairByEscapesIsRead() {
        assertThat(read("{\"a\": \"\\ud83d\\udd11\"}").text("a")).isEqualTo("🔑");
    }

    @Test
    void faultNamesTheFieldAndItsOwner() {
        assertThatThrownBy(
                        () -> read("{\"data\": {\"size\": 5}}").object("data").text("size"))
                .hasMessage("data.size is not a string");
    }
}
