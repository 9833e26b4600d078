package dev.otapair.client;

import static dev.otapair.client.testing.HostileServer.ASKED;
import static dev.otapair.client.testing.HostileServer.REST;
import static dev.otapair.client.testing.HostileServer.announcement;
import static dev.otapair.client.testing.HostileServer.answer;
import static dev.otapair.client.testing.HostileServer.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.ClientProcess.Result;
import dev.otapair.client.testing.HostileServer;
import dev.otapair.client.testing.HostileServer.Answer;
import dev.otapair.client.testing.ScriptedServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that knows the token and means ill. */
class HostileServerWireTest {
    /** Of "hello". */
    private static final String SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private Board board;

    @BeforeEach
    void makeBoard() {
        board = new Board(folder).with("legacy_server", "no");
    }

    /** The fixture itself: when it does not lie, the board is updated. */
    @Test
    void serverThatDoesNotLieIsBelieved() throws IOException {
        try (HostileServer server = serving(
                answer(header("fw-2", "5", SHA256)),
                answer(announcement("fw-2", "5", SHA256, "0", "5"), out -> out.write(HELLO)))) {
            board.asking(server.address()).update();

            assertThat(board.packages().resolve("fw-2")).hasContent("hello");
        }
    }

    /** T20. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/passwd",
                "..",
                ".",
                "a/b",
                "/etc/passwd",
                ".part-0123",
                ".hidden",
                "a\\\\b",
                "a\\u0000b",
                "a\\nb",
                "\\u001b[2Jx",
                "a\\u202eb",
                " a"
            })
    void hostileNameIsRefusedInHeaderAndAnnouncement(String name) throws IOException {
        try (HostileServer inHeader = serving(answer(header(name, "5", SHA256)));
                HostileServer inAnnouncement = serving(
                        answer(header("fw-2", "5", SHA256)),
                        answer(announcement(name, "5", SHA256, "0", "5"), out -> out.write(HELLO)))) {
            assertThat(fail(inHeader).code().exitStatus()).isEqualTo(76);
            assertThat(fail(inAnnouncement).code().exitStatus()).isEqualTo(76);
            assertThat(board.kept()).isEmpty();
        }
    }

    /** T21. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "1e3",
                "5.0",
                "\"5\"",
                "null",
                "1000000000000000000",
                "9223372036854775808",
                "99999999999999999999999",
                "[5]"
            })
    void hostileSizeIsRefusedInHeaderAndAnnouncement(String size) throws IOException {
        try (HostileServer inHeader = serving(answer(header("fw-2", size, SHA256)));
                HostileServer inAnnouncement = serving(
                        answer(header("fw-2", "5", SHA256)),
                        answer(announcement("fw-2", size, SHA256, "0", size), out -> out.write(HELLO)))) {
            assertThat(fail(inHeader).code().exitStatus()).isEqualTo(76);
            assertThat(fail(inAnnouncement).code().exitStatus()).isEqualTo(76);
            assertThat(board.kept()).isEmpty();
        }
    }

    /** T21: offsets and lengths that were not asked for. */
    @ParameterizedTest
    @ValueSource(strings = {"1, 4", "5, 0", "0, 4", "0, 6", "-1, 6", "2, 5", "6, 0"})
    void hostileRangeIsRefused(String offsetAndLength) throws IOException {
        String[] range = offsetAndLength.split(", ");
        try (HostileServer server = serving(
                answer(header("fw-2", "5", SHA256)),
                answer(announcement("fw-2", "5", SHA256, range[0], range[1]), out -> out.write(HELLO)))) {
            assertThat(fail(server).code().exitStatus()).isEqualTo(76);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void sizeThatNoDiskHasIsRefusedBeforeAByteIsTaken() throws IOException {
        String size = "999999999999999999";
        try (HostileServer server =
                serving(answer(header("fw-2", size, SHA256)), answer(announcement("fw-2", size, SHA256, "0", size)))) {
            assertThat(fail(server).code()).isEqualTo(ErrorCode.CANNOT_WRITE);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void bytesThatAreNotTheAnnouncedOnesAreRefused() throws IOException {
        try (HostileServer server = serving(
                answer(header("fw-2", "5", SHA256)),
                answer(
                        announcement("fw-2", "5", SHA256, "0", "5"),
                        out -> out.write("hellO".getBytes(StandardCharsets.US_ASCII))))) {
            board.withScript(":>seen");

            assertThat(fail(server).code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
            assertThat(board.kept()).isEmpty();
            assertThat(board.file("seen")).doesNotExist();
        }
    }

    /** T5: a body that never ends, in a heap of 32 MB: what was announced is taken, and no byte more. */
    @Test
    void endlessBodyIsLeftAtTheAnnouncedLength() throws Exception {
        try (HostileServer server = serving(
                answer(header("fw-2", "5", SHA256)), answer(announcement("fw-2", "5", SHA256, "0", "5"), out -> {
                    out.write(HELLO);
                    flood(out);
                }))) {
            Result result = ClientProcess.run(board.asking(server.address()));

            assertThat(result.status()).as(result.err()).isZero();
            assertThat(board.packages().resolve("fw-2")).hasContent("hello");
            assertThat(server.sent()).isLessThan(16L * 1024 * 1024);
        }
    }

    /** T5. */
    @Test
    void endlessMessageEndsTheSession() throws Exception {
        try (HostileServer server = serving(answer(header("fw-2", "5", SHA256), out -> {
                    out.write("{\"response\":\"".getBytes(StandardCharsets.US_ASCII));
                    flood(out);
                }));
                ScriptedServer atOnce = new ScriptedServer("{\"response\":\"" + "x".repeat(1_000_000))) {
            Result afterProof = ClientProcess.run(board.asking(server.address()));
            OtaException beforeProof = catchThrowableOfType(OtaException.class, board.asking(atOnce.address())::update);

            assertThat(afterProof.status()).as(afterProof.err()).isEqualTo(76);
            assertThat(server.sent()).isLessThan(16L * 1024 * 1024);
            assertThat(beforeProof.code().exitStatus()).isEqualTo(76);
            assertThat(board.kept()).isEmpty();
        }
    }

    /** T6: each byte is new, the answer is not; its time counts from the question. */
    @Test
    void answerThatDripsEndsTheSession() throws IOException {
        try (HostileServer server = serving(answer(header("fw-2", "5", SHA256), out -> drip(out, "{")))) {
            board.with("response_timeout", "1");
            long start = System.nanoTime();

            OtaException failure = fail(server);

            assertThat(failure.code().exitStatus()).isEqualTo(75);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        }
    }

    /** T6: a byte, and then none for long, again and again: that is no line which breaks, and the run ends. */
    @Test
    void packageThatDripsEndsTheRun() throws IOException {
        try (HostileServer server = serving(
                answer(header("fw-2", "1000", SHA256)),
                answer(announcement("fw-2", "1000", SHA256, ASKED, REST), out -> out.write('h')))) {
            board.with("read_timeout", "1").with("retries", "4");

            OtaException failure = fail(server);

            assertThat(failure.code().exitStatus()).isEqualTo(75);
            assertThat(server.connections()).isEqualTo(5);
            assertThat(board.kept()).containsExactly(".part-" + SHA256);
        }
    }

    /** T27. */
    @Test
    void reasonCannotSteerATerminal() throws Exception {
        try (HostileServer server = serving(
                answer("{\"response\":\"error\",\"data\":{\"v\":2,\"reason\":\"a\\nb\\r\\u001b[2Jc\\u202e\"}}"))) {
            Result result = ClientProcess.run(board.asking(server.address()).with("log_level", "debug"));

            assertThat(result.all())
                    .contains("a\\u000ab\\u000d\\u001b[2Jc\\u202e")
                    .doesNotContain("\u001b");
            assertThat(result.status()).isEqualTo(76);
        }
    }

    private OtaException fail(HostileServer server) {
        board.asking(server.address());
        OtaException failure = catchThrowableOfType(OtaException.class, board::update);
        assertThat(failure).isNotNull();
        return failure;
    }

    private static HostileServer serving(Answer... answers) throws IOException {
        return new HostileServer(Board.TOKEN, answers);
    }

    private static void flood(OutputStream out) throws IOException {
        byte[] piece = new byte[64 * 1024];
        Arrays.fill(piece, (byte) 'x');
        for (int i = 0; i < 100_000; i++) {
            out.write(piece);
        }
    }

    private static void drip(OutputStream out, String begin) throws IOException {
        out.write(begin.getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 200; i++) {
            LockSupport.parkNanos(100_000_000);
            out.write(' ');
            out.flush();
        }
    }
}
