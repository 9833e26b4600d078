package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.Specification;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** T18, T21: huge, deep and odd messages. Each is refused, in one piece and in single bytes, and nothing is made of it. */
class BadInputTest {
    private static final MessageCodec CODEC = new MessageCodec();
    private static final String SHA256 = "\"" + "ab".repeat(32) + "\"";
    private static final List<String> NO_TEXTS = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1.5",
            "1e2",
            "[]",
            "{}",
            "[\"a\"]",
            "\"\\ud83d\"",
            "\"\\udd11\\ud83d\"",
            "\"" + "a".repeat(1025) + "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\t\"",
            "'a'",
            "a",
            "");
    private static final List<String> NO_NUMBERS = List.of(
            "null",
            "true",
            "\"\"",
            "\"2\"",
            "[]",
            "{}",
            "-1",
            "1.5",
            "1e2",
            "1e999",
            "99999999999999999999",
            "9".repeat(21),
            "01",
            "+1",
            ".5",
            "5.",
            "NaN",
            "Infinity",
            "0x10",
            "");
    private static final List<String> NO_BASE64 = List.of(
            "\"\"",
            "\"A\"",
            "\"AAECAwQFBgcICQoLDA0ODw==\"",
            "\"AAECAwQFBgcICQoLDA0ODx\"",
            "\"AAECAwQFBgcICQoLDA0O\"",
            "\"AAECAwQFBgcICQoLDA0ODxA\"",
            "\"AAECAwQFBgcICQoLDA0O+w\"",
            "\"AAECAwQF gcICQoLDA0ODw\"",
            "\"é\"");
    private static final List<String> NO_IDS = List.of(
            "\"\"",
            "\"-a\"",
            "\".a\"",
            "\"_a\"",
            "\"a/b\"",
            "\"a b\"",
            "\"../a\"",
            "\"é\"",
            "\"a\\n\"",
            "\"a\\u0000\"",
            "\"" + "a".repeat(65) + "\"");
    private static final List<String> NO_NAMES = List.of(
            "\"../../etc/passwd\"",
            "\"/etc/passwd\"",
            "\"a/b\"",
            "\"a\\\\b\"",
            "\".hidden\"",
            "\"..\"",
            "\".\"",
            "\" a\"",
            "\"a \"",
            "\"a\\nb\"",
            "\"a\\u001b[2Jb\"",
            "\"a\\u0000b\"",
            "\"a\\u202eb\"",
            "\"a\\u2028b\"",
            "\"current\"",
            "\"" + "a".repeat(201) + "\"",
            "\"" + "\\u5bc6".repeat(67) + "\"");
    private static final List<String> NO_DIGESTS = List.of(
            "\"\"",
            "\"" + "AB".repeat(32) + "\"",
            "\"" + "ab".repeat(31) + "a\"",
            "\"" + "ab".repeat(32) + "a\"",
            "\"" + "ag".repeat(32) + "\"",
            "\"" + "ab".repeat(16) + "\"");

    private static final List<String> NO_RANGES = List.of(
            "\",\"",
            "\"-\"",
            "\"3,\"",
            "\"3-\"",
            "\"-3\"",
            "\"3,4\"",
            "\"3-3\"",
            "\"4-3\"",
            "\"4,3\"",
            "\"3,3\"",
            "\"03\"",
            "\"10000000\"",
            "\"3-99999999999999999999\"",
            "\"3 \"",
            "\"1" + ",1".repeat(500) + "\"");
    private static final List<String> NO_CODINGS = List.of(
            "null",
            "true",
            "1",
            "{}",
            "\"zstd\"",
            "[1]",
            "[null]",
            "[[\"zstd\"]]",
            "[\"\"]",
            "[\"ZSTD\"]",
            "[\"zstd \"]",
            "[\"zst\u00f6d\"]",
            "[\"" + "a".repeat(33) + "\"]",
            IntStream.rangeClosed(0, 16).mapToObj(i -> "\"" + i + "\"").collect(Collectors.joining(",", "[", "]")));

    /** An input, and whether the session is one of version 2. */
    private record Bad(String what, byte[] bytes, boolean v2) {
        @Override
        public String toString() {
            return (v2 ? "v2 " : "v1 ") + what.substring(0, Math.min(what.length(), 90));
        }
    }

    private static Bad v1(String text) {
        return new Bad(text, text.getBytes(StandardCharsets.UTF_8), false);
    }

    private static Bad v2(String text) {
        return new Bad(text, text.getBytes(StandardCharsets.UTF_8), true);
    }

    private static Stream<String> each(List<String> general, List<String> special) {
        return Stream.concat(general.stream(), special.stream());
    }

    private static Stream<Bad> members() {
        List<Bad> all = new ArrayList<>();
        NO_TEXTS.forEach(value -> all.add(v1("{\"request\": " + value + ", \"data\": {}}")));
        Stream.of("null", "true", "0", "1.5", "\"\"", "[]", "[{}]", "")
                .forEach(value -> all.add(v1("{\"request\": \"exit\", \"data\": " + value + "}")));
        NO_TEXTS.forEach(value -> all.add(v1("{\"request\": \"handshake\", \"data\": {\"security\": " + value + "}}")));
        String hello = "{\"request\":\"handshake\",\"data\":{\"v\":%s,\"cn\":%s,\"id\":%s,\"caps\":%s}}";
        String nonce = "\"AAECAwQFBgcICQoLDA0ODw\"";
        each(NO_NUMBERS, List.of("0", "1", "1001"))
                .forEach(value -> all.add(v1(hello.formatted(value, nonce, "\"b\"", "[]"))));
        each(NO_TEXTS, NO_BASE64).forEach(value -> all.add(v1(hello.formatted("2", value, "\"b\"", "[]"))));
        each(NO_TEXTS, NO_IDS).forEach(value -> all.add(v1(hello.formatted("2", nonce, value, "[]"))));
        Stream.of(
                        "null",
                        "true",
                        "1",
                        "\"resume\"",
                        "{}",
                        "[1]",
                        "[null]",
                        "[[\"resume\"]]",
                        "[\"resume\",1]",
                        "[,]",
                        "[")
                .forEach(value -> all.add(v1(hello.formatted("2", nonce, "\"b\"", value))));
        each(NO_TEXTS, NO_BASE64)
                .forEach(value -> all.add(v2("{\"request\":\"handshake\",\"data\":{\"proof\":" + value + "}}")));
        String header = "{\"request\":\"header\",\"data\":{\"product\":%s,\"installed\":%s}}";
        each(NO_TEXTS, NO_IDS).forEach(value -> all.add(v2(header.formatted(value, "\"\""))));
        each(NO_TEXTS, NO_NAMES).forEach(value -> all.add(v2(header.formatted("\"default\"", value))));
        String wanted = "{\"request\":\"package\",\"data\":{\"product\":%s,\"sha256\":%s,\"offset\":%s}}";
        each(NO_TEXTS, NO_IDS).forEach(value -> all.add(v2(wanted.formatted(value, SHA256, "0"))));
        each(NO_TEXTS, NO_DIGESTS).forEach(value -> all.add(v2(wanted.formatted("\"default\"", value, "0"))));
        each(NO_NUMBERS, List.of("1000000000000000000", "9223372036854775808"))
                .forEach(value -> all.add(v2(wanted.formatted("\"default\"", SHA256, value))));
        return Stream.concat(all.stream(), planMembers());
    }

    /** Each member of a plan request in turn. */
    private static Stream<Bad> planMembers() {
        Stream<Bad> required = Stream.of(
                        each(NO_TEXTS, NO_IDS).map(value -> "\"product\":" + value + ",\"want\":" + SHA256),
                        each(NO_TEXTS, NO_DIGESTS).map(value -> "\"product\":\"b\",\"want\":" + value),
                        Stream.of("\"product\":\"b\"", "\"want\":" + SHA256))
                .flatMap(data -> data)
                .map(data -> v2("{\"request\":\"plan\",\"data\":{" + data + "}}"));
        Stream<Bad> optional = Stream.of(
                        each(NO_TEXTS, NO_DIGESTS).map(value -> "\"base\":" + value),
                        each(NO_TEXTS, NO_DIGESTS).map(value -> "\"plan\":" + value),
                        each(NO_NUMBERS, List.of("1000000000000000000")).map(value -> "\"offset\":" + value),
                        each(NO_TEXTS, NO_RANGES).map(value -> "\"base\":" + SHA256 + ",\"damaged\":" + value),
                        Stream.of("\"3\"", "\"0-9999999\"").map(value -> "\"damaged\":" + value),
                        NO_CODINGS.stream().map(value -> "\"codings\":" + value),
                        Stream.of(
                                        "{}",
                                        "null",
                                        "5",
                                        "\"\"",
                                        "{\"manifest\":0,\"patch\":0,\"plan\":1,\"sha256\":" + SHA256 + "}")
                                .map(value -> "\"body\":" + value))
                .flatMap(data -> data)
                .map(data ->
                        v2("{\"request\":\"plan\",\"data\":{\"product\":\"b\",\"want\":" + SHA256 + "," + data + "}}"));
        return Stream.concat(required, optional);
    }

    /** A message with one structural byte taken out or written twice, where that does not leave an unfinished one. */
    private static Stream<Bad> structure() {
        String message = "{\"request\":\"header\",\"data\":{\"product\":\"default\",\"installed\":\"fw\"}}";
        return IntStream.range(1, message.indexOf("fw") - 1)
                .filter(at -> "\":,".indexOf(message.charAt(at)) >= 0)
                .boxed()
                .flatMap(at -> Stream.of(
                        v2(message.substring(0, at) + message.substring(at + 1) + "}\"}}"),
                        v2(message.substring(0, at) + message.charAt(at) + message.substring(at) + "\"}}x")));
    }

    private static Stream<Bad> bytes() {
        byte[] message = "{\"request\": \"exit\", \"data\": {}}".getBytes(StandardCharsets.US_ASCII);
        return IntStream.range(0, 256)
                .filter(value -> value < 0x20 || value > 0x7e)
                .boxed()
                .flatMap(value -> Stream.of(1, 15, 20)
                        .filter(at -> at == 15 || " \n\r\t".indexOf((char) (int) value) < 0)
                        .map(at -> {
                            byte[] odd = Arrays.copyOf(message, message.length);
                            odd[at] = (byte) (int) value;
                            return new Bad("byte %02x at %d".formatted(value, at), odd, false);
                        }))
                .filter(bad -> !bad.what.startsWith("byte 7f at 15"));
    }

    private static Stream<Bad> shapes() {
        return Stream.of(
                        "x",
                        "[]",
                        "\"\"",
                        "1",
                        "null",
                        "}",
                        "]",
                        "{]",
                        "{}",
                        "{{{{}}}}",
                        "{\"a\":[}",
                        "\ufeff{}",
                        "{,}",
                        "{\"a\"}",
                        "{\"a\":}",
                        "{\"a\":1,}",
                        "{a:1}",
                        "{'a':1}",
                        "{/**/}",
                        "{\"a\":1 \"b\":2}",
                        "{\"request\":\"exit\"}",
                        "{\"data\":{}}",
                        "{\"request\":\"exit\",\"request\":\"exit\",\"data\":{}}",
                        "{\"request\":\"exit\",\"data\":{},\"data\":{}}",
                        "{\"request\":\"exit\",\"data\":{\"a\":1,\"\\u0061\":2}}",
                        "{\"request\":\"exit\",\"data\":{\"body\":{}}}",
                        "{\"request\":\"exit\",\"data\":{\"body\":null}}",
                        "{\"request\":\"EXIT\",\"data\":{}}",
                        "{\"request\":\"exit \",\"data\":{}}",
                        "{\"request\":\"challenge\",\"data\":{}}",
                        "{\"response\":\"exit\",\"data\":{}}",
                        "{\"request\":\"exit\",\"data\":{\"n\":" + "1".repeat(21) + "}}",
                        "{\"request\":\"exit\",\"data\":{\"" + "n".repeat(65) + "\":1}}",
                        "{\"request\":\"exit\",\"data\":{\"s\":\"" + "s".repeat(1025) + "\"}}",
                        "{\"request\":\"exit\",\"data\":" + "{\"a\":".repeat(7) + "{}" + "}".repeat(8),
                        "{\"request\":\"exit\",\"data\":{\"a\":" + "[".repeat(7) + "]".repeat(7) + "}}",
                        " ".repeat(1025) + "{\"request\":\"exit\",\"data\":{}}",
                        "{" + " ".repeat(4100),
                        "{\"a\":\"" + "a".repeat(4100),
                        "{\"a\":" + "1".repeat(4100),
                        "[".repeat(5000),
                        "{\"a\":".repeat(1000),
                        "GET / HTTP/1.1\r\n\r\n",
                        "\u0016\u0003\u0001\u0002\u0000")
                .flatMap(text -> Stream.of(v1(text), v2(text)));
    }

    static Stream<Bad> table() {
        return Stream.of(members(), structure(), bytes(), shapes()).flatMap(bads -> bads);
    }

    private static Decoding decode(Bad bad, byte[]... pieces) {
        SessionCodec server = SessionCodec.ofServer(CODEC);
        if (bad.v2) {
            server.decodeRequest(Specification.hello());
        }
        return Decoding.ofRequests(server, pieces);
    }

    @ParameterizedTest
    @MethodSource("table")
    void badInputIsRefusedAndNothingIsMadeOfIt(Bad bad) {
        byte[][] single = IntStream.range(0, bad.bytes.length)
                .mapToObj(at -> new byte[] {bad.bytes[at]})
                .toArray(byte[][]::new);
        Decoding whole = decode(bad, bad.bytes);

        assertThat(whole.messages()).isEmpty();
        assertThat(whole.failure()).isPresent().get().isIn(ErrorCode.MALFORMED_MESSAGE, ErrorCode.UNKNOWN_REQUEST);
        assertThat(decode(bad, single)).isEqualTo(whole);
    }

    /** A plan belongs to sessions of version 2; in v1 it is a verb like any other that nobody knows. */
    @Test
    void planIsUnknownInV1() {
        Bad plan = v1("{\"request\":\"plan\",\"data\":{\"product\":\"b\",\"want\":" + SHA256 + "}}");

        assertThat(decode(plan, plan.bytes).failure()).contains(ErrorCode.UNKNOWN_REQUEST);
    }

    @Test
    void tableIsLong() {
        assertThat(table()).hasSizeGreaterThanOrEqualTo(200);
    }

    @Test
    void fieldsDoNotPrintTheirValues() {
        Fields read = new JsonReader()
                .read("message", "{\"security\": \"correct-horse\"}".getBytes(StandardCharsets.US_ASCII));

        assertThat(read.toString()).doesNotContain("correct-horse");
    }

    /** T1: a message that is refused is told about without a word of the token in it. */
    @Test
    void refusalsDoNotQuoteTheToken() {
        String token = "correct-horse-battery";
        Stream.of(
                        "{\"request\": \"handshake\", \"data\": {\"security\": \"" + token + "\", \"security\": \"\"}}",
                        "{\"request\": \"handshake\", \"data\": {\"security\": \"" + token + "\"}, \"x\": tru}",
                        "{\"request\": \"handshake\", \"data\": {\"security\": \"" + token + "\\ud83d\"}}",
                        "{\"request\": \"handshake\", \"data\": {\"security\": [\"" + token + "\"]}}",
                        "{\"request\": \"" + token + "\", \"data\": {}}",
                        "{\"request\": \"handshake\", \"data\": {\"v\": 2, \"cn\": \"" + token + "\", \"id\": \"b\"}}",
                        "{\"request\": \"handshake\", \"data\": {\"proof\": \"" + token + "\"}}")
                .map(text -> text.getBytes(StandardCharsets.US_ASCII))
                .forEach(message -> assertThat(refusalOf(message))
                        .isPresent()
                        .get()
                        .asString()
                        .doesNotContain(token));
    }

    private static Optional<String> refusalOf(byte[] message) {
        try {
            SessionCodec.ofServer(CODEC).decodeRequest(message);
            return Optional.empty();
        } catch (OtaException e) {
            return Optional.of(e + " " + e.getCause());
        }
    }
}
