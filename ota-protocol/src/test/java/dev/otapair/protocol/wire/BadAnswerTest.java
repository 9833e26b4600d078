package dev.otapair.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** T28: plans that a lying server announces. Each is refused, in one piece and in single bytes, and no byte after it is taken. */
class BadAnswerTest {
    private static final MessageCodec CODEC = new MessageCodec();
    private static final String SHA256 = "\"" + "ab".repeat(32) + "\"";
    private static final String BODY = "{\"manifest\":0,\"patch\":0,\"plan\":1,\"sha256\":" + SHA256 + "}";
    private static final Map<String, String> PLAN = members(
            "want", SHA256, "plan", SHA256, "size", "10", "added", "1", "changed", "2", "removed", "3", "offset", "4",
            "length", "6");
    private static final List<String> NO_DIGESTS = List.of(
            "null",
            "0",
            "[]",
            "{}",
            "\"\"",
            "\"" + "AB".repeat(32) + "\"",
            "\"" + "ab".repeat(31) + "\"",
            "\"" + "ab".repeat(33) + "\"");
    private static final List<String> NO_COUNTS =
            List.of("null", "true", "\"1\"", "[]", "{}", "-1", "1.0", "1e1", "99999999999999999999");

    private static Map<String, String> members(String... namesAndValues) {
        Map<String, String> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return members;
    }

    private static String response(String kind, Map<String, String> members) {
        return members.entrySet().stream()
                .map(member -> "\"%s\":%s".formatted(member.getKey(), member.getValue()))
                .collect(Collectors.joining(",", "{\"response\":\"" + kind + "\",\"data\":{", "}}"));
    }

    private static String plan(String... namesAndValues) {
        Map<String, String> members = new LinkedHashMap<>(PLAN);
        members.putAll(members(namesAndValues));
        return response("plan", members);
    }

    private static String planWithout(String name) {
        Map<String, String> members = new LinkedHashMap<>(PLAN);
        members.remove(name);
        return response("plan", members);
    }

    private static String planWithBody(String name, String value) {
        Map<String, String> body = members("manifest", "0", "patch", "0", "plan", "1", "sha256", SHA256);
        body.put(name, value);
        return plan("body", object(body));
    }

    private static String object(Map<String, String> members) {
        return members.entrySet().stream()
                .map(member -> "\"%s\":%s".formatted(member.getKey(), member.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    static Stream<String> plans() {
        Stream<String> digests =
                Stream.of("want", "plan").flatMap(name -> NO_DIGESTS.stream().map(value -> plan(name, value)));
        Stream<String> counts = Stream.of("size", "added", "changed", "removed", "offset", "length")
                .flatMap(name -> NO_COUNTS.stream().map(value -> plan(name, value)));
        Stream<String> others = Stream.of(
                plan("added", "1000000001"),
                plan("size", "1000000000000000000", "offset", "0", "length", "1000000000000000000"),
                plan("offset", "11", "length", "0"),
                plan("length", "5"),
                plan("length", "7"),
                plan("size", "9"),
                plan("offset", "0"));
        return Stream.of(digests, counts, PLAN.keySet().stream().map(BadAnswerTest::planWithout), others)
                .flatMap(answers -> answers);
    }

    static Stream<String> bodies() {
        Stream<String> whole =
                Stream.of("null", "true", "5", "\"\"", "[]", "{}").map(value -> plan("body", value));
        Stream<String> counts = Stream.of("manifest", "patch", "plan")
                .flatMap(name -> Stream.concat(NO_COUNTS.stream(), Stream.of("16777217", "999999999999999999"))
                        .map(value -> planWithBody(name, value)));
        Stream<String> others = Stream.of(
                planWithBody("patch", "2"),
                planWithBody("plan", "0"),
                planWithBody("sha256", "\"" + "ab".repeat(16) + "\""));
        return Stream.of(whole, counts, others).flatMap(answers -> answers);
    }

    private static SessionCodec client(boolean v1) {
        SessionCodec client = SessionCodec.ofClient(CODEC);
        if (v1) {
            client.speakV1();
        }
        return client;
    }

    private static void assertRefused(boolean v1, String answer) {
        byte[] wire = (answer + "x".repeat(20)).getBytes(StandardCharsets.US_ASCII);
        byte[][] single = IntStream.range(0, wire.length)
                .mapToObj(at -> new byte[] {wire[at]})
                .toArray(byte[][]::new);

        Decoding whole = Decoding.ofResponses(client(v1), wire);

        assertThat(whole.messages()).isEmpty();
        assertThat(whole.payload()).isEmpty();
        assertThat(whole.failure()).contains(ErrorCode.MALFORMED_MESSAGE);
        assertThat(Decoding.ofResponses(client(v1), single)).isEqualTo(whole);
    }

    @ParameterizedTest
    @MethodSource({"plans", "bodies"})
    void badPlanIsRefused(String answer) {
        assertRefused(false, answer);
    }

    /** Those that the table above has changed in one thing each. */
    @ParameterizedTest
    @ValueSource(strings = {"", "0", "1"})
    void goodPlanIsNot(String patch) {
        String answer = patch.isEmpty() ? plan() : planWithBody("patch", patch);

        Decoding decoded =
                Decoding.ofResponses(client(false), (answer + "1234567").getBytes(StandardCharsets.US_ASCII));

        assertThat(decoded.messages()).hasSize(1);
        assertThat(decoded.payload()).isEqualTo(patch.isEmpty() ? "123456" : "1234567");
        assertThat(decoded.packages()).isEqualTo(1);
    }

    @Test
    void planHasNoPlaceInV1() {
        assertRefused(true, plan());
        assertRefused(true, plan("body", BODY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"connected", "challenge", "header", "package", "busy", "error", "goodbye"})
    void bodyOfAnotherAnswerIsRefused(String kind) {
        Map<String, String> data = members(
                "v",
                "2",
                "sn",
                "\"EBESExQVFhcYGRobHB0eHw\"",
                "salt",
                "\"ICEiIyQlJicoKSorLC0uLw\"",
                "iter",
                "20000",
                "latest",
                "\"fw\"",
                "size",
                "10",
                "sha256",
                SHA256,
                "offset",
                "4",
                "length",
                "6",
                "now",
                "1",
                "retry_after",
                "1",
                "reason",
                "\"no\"");
        data.put("body", BODY);

        assertRefused(false, response(kind, data));
    }
}
