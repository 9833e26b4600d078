package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFrameTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Optional<String> read(JsonFrame frame, ByteBuffer in) {
        return frame.read(in).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private static Optional<String> read(byte[] in) {
        return read(new JsonFrame(), ByteBuffer.wrap(in));
    }

    private static byte[] joined(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    /** An object of exactly this many bytes. */
    private static String objectOf(int bytes) {
        return "{\"a\":\"" + "x".repeat(bytes - 8) + "\"}";
    }

    private static void assertRefused(byte[] in) {
        assertThatThrownBy(() -> read(in))
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.MALFORMED_MESSAGE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\": {}}",
                "{\"a\": [1, [2], {\"b\": \"}\"}]}",
                "{\"a\": \"\\\"}{\\\\\"}",
                "{\"a\": \"é密🔑\"}",
                "{\"a\": \"\\ud83d\"}",
                "{\n\t\"a\"\r:  1e999}"
            })
    void objectIsCutOutWhole(String object) {
        assertThat(read(utf8(object))).contains(object);
    }

    @Test
    void everySplitIntoThreeGivesTheSameObject() {
        byte[] object = utf8("{\"é密🔑\": [\"}\\\"\", {}]}");
        for (int first = 0; first <= object.length; first++) {
            for (int second = first; second <= object.length; second++) {
                JsonFrame frame = new JsonFrame();
                ByteArrayOutputStream read = new ByteArrayOutputStream();
                frame.read(ByteBuffer.wrap(object, 0, first)).ifPresent(read::writeBytes);
                frame.read(ByteBuffer.wrap(object, first, second - first)).ifPresent(read::writeBytes);
                frame.read(ByteBuffer.wrap(object, second, object.length - second))
                        .ifPresent(read::writeBytes);

                assertThat(read.toByteArray())
                        .as("split at %d and %d", first, second)
                        .isEqualTo(object);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{", "}", "\"", " ", "\n", "\u001f\u008b", "\u0000", "]"})
    void whatFollowsAnObjectIsLeftUntouched(String following) {
        byte[] rest = following.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer in = ByteBuffer.wrap(joined(utf8("{\"a\": 1}"), rest));

        new JsonFrame().read(in);

        assertThat(in).isEqualTo(ByteBuffer.wrap(rest));
    }

    @Test
    void joinedObjectsAreReadOneByOne() {
        JsonFrame frame = new JsonFrame();
        ByteBuffer in = ByteBuffer.wrap(utf8("{\"a\":1}\n{\"b\":2}"));

        assertThat(read(frame, in)).contains("{\"a\":1}");
        assertThat(read(frame, in)).contains("{\"b\":2}");
        assertThat(read(frame, in)).isEmpty();
    }

    @Test
    void objectIsIncompleteFromItsFirstByteToItsLast() {
        JsonFrame frame = new JsonFrame();

        assertThat(frame.isIncomplete()).isFalse();
        read(frame, ByteBuffer.wrap(utf8(" \n")));
        assertThat(frame.isIncomplete()).isFalse();
        read(frame, ByteBuffer.wrap(utf8("{\"a\"")));
        assertThat(frame.isIncomplete()).isTrue();
        read(frame, ByteBuffer.wrap(utf8(": 1}")));
        assertThat(frame.isIncomplete()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {4095, 4096})
    void objectUpToTheLimitIsRead(int bytes) {
        assertThat(read(utf8(objectOf(bytes))))
                .hasValueSatisfying(object -> assertThat(object).hasSize(bytes));
    }

    @Test
    void objectAboveTheLimitIsRefused() {
        assertRefused(utf8(objectOf(4097)));
    }

    @Test
    void limitHoldsBeforeTheObjectEnds() {
        assertRefused(utf8("{\"a\":\"" + "x".repeat(4091)));
    }

    @Test
    void limitCountsEachObjectByItself() {
        JsonFrame frame = new JsonFrame();
        ByteBuffer in = ByteBuffer.wrap(utf8(objectOf(4096) + objectOf(4096)));

        assertThat(read(frame, in)).isPresent();
        assertThat(read(frame, in)).isPresent();
    }

    @Test
    void eightLevelsAreRead() {
        assertThat(read(utf8("{\"a\":[{\"a\":[{\"a\":[{\"a\":[]}]}]}]}"))).isPresent();
    }

    @Test
    void nineLevelsAreRefused() {
        assertRefused(utf8("{\"a\":[{\"a\":[{\"a\":[{\"a\":[{}]}]}]}]}"));
    }

    @Test
    void whiteSpaceUpToTheLimitIsSkipped() {
        assertThat(read(utf8(" \t\r\n".repeat(256) + "{}"))).contains("{}");
    }

    @Test
    void whiteSpaceAboveTheLimitIsRefused() {
        assertRefused(utf8(" \t\r\n".repeat(256) + " {}"));
    }

    @Test
    void whiteSpaceIsCountedAcrossReads() {
        JsonFrame frame = new JsonFrame();
        read(frame, ByteBuffer.wrap(utf8(" ".repeat(1024))));

        assertThatThrownBy(() -> read(frame, ByteBuffer.wrap(utf8(" ")))).isInstanceOf(OtaException.class);
    }

    @Test
    void whiteSpaceIsCountedPerObject() {
        JsonFrame frame = new JsonFrame();
        ByteBuffer in = ByteBuffer.wrap(utf8(" ".repeat(1000) + "{}" + " ".repeat(1000) + "{}"));

        assertThat(read(frame, in)).contains("{}");
        assertThat(read(frame, in)).contains("{}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{]",
                "{\"a\":[}",
                "{{{{{{{{{",
                "[",
                "]",
                "}",
                "\"a\"",
                "1",
                "null",
                "x{}",
                "\ufeff{}",
                "\u0000{}",
                "{\u0000}",
                "{\"\u0000\"}",
                "{\"a\n\"}",
                "{\"\u001f\"}",
                "{é}",
                "{\u007f}"
            })
    void brokenFramingIsRefused(String text) {
        assertRefused(utf8(text));
    }

    @ParameterizedTest
    @CsvSource({
        "c080, overlong NUL",
        "c1bf, overlong two bytes",
        "e09fbf, overlong three bytes",
        "f08fbfbf, overlong four bytes",
        "eda080, high surrogate",
        "edbfbf, low surrogate",
        "f4908080, above U+10FFFF",
        "f5808080, no lead byte",
        "ff, no lead byte",
        "80, continuation without lead",
        "c322, truncated two bytes",
        "e5af22, truncated three bytes",
        "f09f9422, truncated four bytes",
        "c3c3, lead in place of continuation",
        "5cc3a9, escape before a sequence"
    })
    void whatIsNotUtf8IsRefused(String hex, String why) {
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        object.writeBytes(utf8("{\"a\": \""));
        object.writeBytes(HexFormat.of().parseHex(hex));
        object.writeBytes(utf8("\"}"));

        assertRefused(object.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\ud800\udc00", "\udbff\udfff"})
    void boundariesOfUtf8AreRead(String character) {
        assertThat(read(utf8("{\"" + character + "\": 1}"))).contains("{\"" + character + "\": 1}");
    }

    @Test
    void refusalComesAtTheFirstImpossibleByte() {
        JsonFrame frame = new JsonFrame();
        ByteBuffer in = ByteBuffer.wrap(utf8("{]{}"));

        assertThatThrownBy(() -> frame.read(in)).isInstanceOf(OtaException.class);
        assertThat(in.remaining()).isEqualTo(2);
    }
}
