package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.Mitm;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody between our client and our server: what he hears, and what comes of what he alters. */
class MitmWireTest {
    private static final byte[] PAYLOAD = random(200_000);
    private static final String V1_REFUSAL =
            "{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}";

    @TempDir
    private Path folder;

    private RealServer server;
    private Mitm mitm;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server"))
                .offering("fw-2", PAYLOAD)
                .with("log_level", "debug")
                .start();
        mitm = new Mitm(server.address(), Mitm.Mode.LISTEN);
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .with("latest", "fw-1")
                .with("log_level", "debug")
                .asking(mitm.address());
    }

    @AfterEach
    void stop() throws IOException {
        mitm.close();
        server.close();
    }

    /** T1: a whole run, a refused one and one that fails, on the wire, on both disks and in both logs. */
    @Test
    void tokenIsNowhereInAnyForm() throws Exception {
        int port = server.address().getPort();
        server.close();
        StringBuilder said = new StringBuilder();
        Path log = folder.resolve("server.log");
        server.with("port", Integer.toString(port));
        Process daemon = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.otapair.server.cli.OtaServerCommand",
                        "serve",
                        "--config",
                        server.file("config.ini").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            await().until(() -> Files.readString(log).contains("Listening on"));
            said.append(ClientProcess.run(board, "--json", "check").all());
            said.append(ClientProcess.run(board, "--json").all());
            board.with("device_id", "board-18").with("security", "tok-Other-1846-okapi");
            said.append(ClientProcess.run(board).all());
        } finally {
            daemon.destroy();
            daemon.waitFor();
        }

        assertThat(said).contains("[DEBUG]", "-> proof", "\"updated\"", "refused");
        assertThat(Files.readString(log)).contains("hello, proof, header, package, exit");
        for (String token : List.of(Board.TOKEN, "tok-Other-1846-okapi")) {
            assertFree("the clients' words", said.toString(), token);
            assertFree("the server's words", Files.readString(log), token);
            assertFree("wire to the server", latin(mitm.heardOfClients()), token);
            assertFree("wire to the client", latin(mitm.heardOfServer()), token);
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(Files::isRegularFile)
                        .filter(path -> !path.endsWith("config.ini"))
                        .toList()) {
                    assertFree(file.toString(), latin(Files.readAllBytes(file)), token);
                }
            }
        }
    }

    /** T2: the server's answers of one session are worth nothing in another. */
    @Test
    void answersOfAnEarlierSessionProveNothing() throws IOException {
        board.updater().check();
        List<String> recorded = mitm.responses();
        mitm.mode(new Mitm.Mode() {
            @Override
            public Optional<String> answer(int number, String message) {
                return Optional.of(number < recorded.size() ? recorded.get(number) : "");
            }
        });

        OtaException failure = fail();

        assertThat(failure.code()).isEqualTo(ErrorCode.SERVER_NOT_PROVEN);
        assertThat(failure.code().exitStatus()).isEqualTo(77);
        assertThat(board.kept()).isEmpty();
    }

    /** T8, the wire's half: yesterday's "nothing new", or yesterday's offer, in today's session. */
    @ParameterizedTest
    @ValueSource(strings = {"", "fw-2"})
    void sealedOfferOfYesterdayIsRefusedToday(String latest) throws IOException {
        server.with("latest", latest);
        board.updater().check();
        String yesterday = mitm.responses().get(2);
        server.offering("fw-3", PAYLOAD);
        mitm.mode(answers(2, message -> yesterday));

        OtaException failure = fail();

        assertThat(yesterday).startsWith("{\"response\":\"header\"");
        assertThat(failure.code()).isEqualTo(ErrorCode.SEAL_REJECTED);
        assertThat(board.kept()).isEmpty();
    }

    /** T13: he says what a v1 server says; the token is not to be had that way. */
    @ParameterizedTest
    @ValueSource(strings = {V1_REFUSAL, "{\"response\": \"connected\", \"data\": {}}"})
    void serverThatIsMadeLookLikeV1IsRefused(String answer) throws IOException {
        mitm.mode(answering(answer));

        OtaException failure = fail();

        assertThat(failure.code()).isEqualTo(ErrorCode.LEGACY_SERVER);
        assertFree("wire to the server", latin(mitm.heardOfClients()), Board.TOKEN);
    }

    /** T13: also where the operator allows v1, once the server has proved itself. */
    @ParameterizedTest
    @ValueSource(strings = {V1_REFUSAL, "{\"response\": \"connected\", \"data\": {}}"})
    void serverThatIsMadeLookLikeV1IsRefusedOncePinnedEvenWhereV1IsAllowed(String answer) throws IOException {
        board.with("legacy_server", "yes").updater().check();
        mitm.mode(answering(answer));

        OtaException failure = fail();

        assertThat(failure.code()).isEqualTo(ErrorCode.LEGACY_SERVER);
        assertFree("wire to the server", latin(mitm.heardOfClients()), Board.TOKEN);
    }

    /** T13: a server that still takes v1 clients answers the stripped hello as v1 does. */
    @Test
    void helloThatIsStrippedToV1IsRefusedAndGetsNoToken() throws IOException {
        server.with("allow_legacy", "yes");
        mitm.mode(requests(0, message -> "{\"request\":\"handshake\",\"data\":{\"security\":\"\"}}"));

        OtaException failure = fail();

        assertThat(failure.code().exitStatus()).isEqualTo(77);
        assertFree("wire to the server", latin(mitm.heardOfClients()), Board.TOKEN);
    }

    /** T13, T14: everything in hello and challenge is bound by the proofs. */
    @ParameterizedTest
    @CsvSource({
        "request, '\"caps\":[\"resume\",\"plan\"]', '\"caps\":[]'",
        "request, '\"id\":\"board-17\"', '\"id\":\"board-18\"'",
        "request, '\"security\":\"\",', '\"security\":\"\", '",
        "response, '\"caps\":[\"resume\"]', '\"caps\":[]'",
        "response, '\"iter\":20000', '\"iter\":20001'",
        "response, '\"v\":2', '\"v\":2,\"w\":1'"
    })
    void handshakeThatIsAlteredFailsAtTheProof(String direction, String what, String other) throws IOException {
        mitm.mode(
                direction.equals("request")
                        ? requests(0, message -> altered(message, what, other))
                        : answers(0, message -> altered(message, what, other)));

        OtaException failure = fail();

        assertThat(failure.code()).isEqualTo(ErrorCode.SECRET_REJECTED);
        assertThat(board.file(".ota-client/server-pin")).doesNotExist();
    }

    /** T14: he may alter what he likes after the handshake, and is found out. */
    @ParameterizedTest
    @CsvSource({
        "2, '\"size\":200000', '\"size\":200001'",
        "2, '\"sha256\":\"[0-9a-f]', '\"sha256\":\"x'",
        "2, '\"latest\":\"fw-2\"', '\"latest\":\"fw-1\"'",
        "2, '\"latest\":\"fw-2\"', '\"latest\":\"\"'",
        "2, '\"now\":1', '\"now\":2'",
        "2, ',\"mac\":\"[^\"]*\"', ''",
        "2, '\"mac\":\"[^\"]*\"', '\"mac\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"'",
        "2, '\"}$', '\" }'",
        "3, '\"offset\":0', '\"offset\":1'",
        "3, '\"length\":200000', '\"length\":0'",
        "3, '\"size\":200000', '\"size\":100000'",
        "3, '\"latest\":\"fw-2\"', '\"latest\":\"fw-9\"'"
    })
    void answerThatIsAlteredEndsTheSession(int number, String what, String other) throws IOException {
        mitm.mode(answers(number, message -> altered(message, what, other)));

        OtaException failure = fail();

        assertThat(failure.code()).isEqualTo(ErrorCode.SEAL_REJECTED);
        assertThat(failure.code().exitStatus()).isEqualTo(77);
        assertThat(board.kept()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"response\":\"busy\",\"data\":{\"v\":2,\"retry_after\":9}}",
                "{\"response\":\"error\",\"data\":{\"v\":2,\"reason\":\"Package is not available.\"}}"
            })
    void noWordWithoutASealIsBelievedWithinASession(String forged) throws IOException {
        mitm.mode(answers(2, message -> forged));

        assertThat(fail().code()).isEqualTo(ErrorCode.SEAL_REJECTED);
    }

    @Test
    void proofThatIsAlteredIsNoProof() throws IOException {
        mitm.mode(answers(1, message -> altered(message, "\"proof\":\"...", "\"proof\":\"AAA")));

        assertThat(fail().code()).isEqualTo(ErrorCode.SERVER_NOT_PROVEN);
    }

    /** T14, the other way: the server looks at no request whose seal is wrong. */
    @ParameterizedTest
    @CsvSource({
        "2, '\"product\":\"default\"', '\"product\":\"gateway\"'",
        "2, '\"installed\":\"fw-1\"', '\"installed\":\"fw-2\"'",
        "3, '\"offset\":0', '\"offset\":9'"
    })
    void requestThatIsAlteredEndsTheSession(int number, String what, String other) throws IOException {
        mitm.mode(requests(number, message -> altered(message, what, other)));

        OtaException failure = fail();

        assertThat(failure.code().exitStatus()).isIn(75, 77);
        assertThat(board.kept()).isEmpty();
    }

    /** T2, within a session: what was said once is not heard again. */
    @Test
    void requestThatIsRepeatedEndsTheSession() throws IOException {
        mitm.mode(requests(2, message -> message + message));

        assertThat(fail().code().exitStatus()).isIn(75, 77);
        assertThat(board.kept()).isEmpty();
    }

    private OtaException fail() throws IOException {
        OtaException failure = catchThrowableOfType(OtaException.class, board::update);
        assertThat(failure).isNotNull();
        return failure;
    }

    private static Mitm.Mode answering(String answer) {
        return new Mitm.Mode() {
            @Override
            public Optional<String> answer(int number, String message) {
                return Optional.of(number == 0 ? answer : "{\"response\": \"header\", \"data\": {\"latest\": \"x\"}}");
            }
        };
    }

    private static Mitm.Mode requests(int altered, UnaryOperator<String> how) {
        return new Mitm.Mode() {
            @Override
            public String request(int number, String message) {
                return number == altered ? how.apply(message) : message;
            }
        };
    }

    private static Mitm.Mode answers(int altered, UnaryOperator<String> how) {
        return new Mitm.Mode() {
            @Override
            public String response(int number, String message) {
                return number == altered ? how.apply(message) : message;
            }
        };
    }

    private static String altered(String message, String what, String other) {
        String pattern = what.replace("[\"resume\"", "\\[\"resume\"");
        String altered = message.replaceFirst(pattern, other);
        return altered.equals(message) ? "nothing to alter in " + message : altered;
    }

    private static void assertFree(String where, String text, String token) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        String hex = HexFormat.of().formatHex(bytes);
        String base64 = Base64.getEncoder().withoutPadding().encodeToString(bytes);
        String url = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        for (String form : List.of(
                token,
                hex,
                hex.toUpperCase(Locale.ROOT),
                base64.substring(0, base64.length() - 1),
                url.substring(0, url.length() - 1))) {
            assertThat(text.contains(form)).as("%s has %s", where, form).isFalse();
        }
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
