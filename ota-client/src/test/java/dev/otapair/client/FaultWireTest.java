package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import dev.otapair.protocol.testing.V1Offer;
import dev.otapair.protocol.testing.V1Server;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The line breaks after every byte of every message, in both directions: nothing is kept, and the next run is fine. */
class FaultWireTest {
    private static final byte[] PAYLOAD = "0123456789".repeat(30).getBytes(StandardCharsets.US_ASCII);

    private static final List<String> ANSWERS = List.of(
            "{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}",
            "{\"response\": \"connected\", \"data\": {}}",
            "{\"response\": \"header\", \"data\": {\"latest\": \"fw-2\"}}",
            "{\"response\": \"package\", \"data\": {\"latest\": \"fw-2\", \"size\": \"300\","
                    + " \"md5\": \"0123456789abcdef0123456789abcdef\"}}");

    private static final List<String> REQUESTS = List.of(
            "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,\"cn\":\"AAECAwQFBgcICQoLDA0ODw\","
                    + "\"id\":\"board-17\",\"caps\":[\"resume\",\"plan\"]}}",
            "{\"request\": \"handshake\", \"data\": {\"security\": \"" + Board.TOKEN + "\"}}",
            "{\"request\": \"header\", \"data\": {}}",
            "{\"request\": \"package\", \"data\": {}}");

    /** How a line breaks. */
    enum Cut {
        FIN {
            @Override
            FaultPlan after(long bytes) {
                return FaultPlan.none().finAfter(bytes);
            }
        },
        RESET {
            @Override
            FaultPlan after(long bytes) {
                return FaultPlan.none().resetAfter(bytes);
            }
        };

        abstract FaultPlan after(long bytes);
    }

    @TempDir
    private Path folder;

    private Board board;
    private V1Server server;
    private FaultProxy line;

    @BeforeEach
    void start() throws IOException {
        server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withGap(Duration.ZERO));
        line = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none());
        board = new Board(folder).asking(line.address()).withScript("echo ran >>runs");
    }

    @AfterEach
    void stop() throws IOException {
        line.close();
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void answersThatBreakAtAnyByteLeaveNothing(Cut cut) throws IOException {
        for (int bytes = 0; bytes <= lengthOf(ANSWERS) + 1; bytes++) {
            line.plan(FaultPlan.none(), cut.after(bytes));

            failsAndLeavesNothing("after byte " + bytes);
        }
        isFineAfterwards();
    }

    @ParameterizedTest
    @EnumSource
    void requestsThatBreakAtAnyByteLeaveNothing(Cut cut) throws IOException {
        for (int bytes = 0; bytes < lengthOf(REQUESTS); bytes++) {
            line.plan(cut.after(bytes), FaultPlan.none());

            failsAndLeavesNothing("after byte " + bytes);
        }
        isFineAfterwards();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 60, 110, 180, 250, 330})
    void answersThatFallSilentLeaveNothing(int bytes) throws IOException {
        withShortTimes();
        line.plan(FaultPlan.none(), FaultPlan.none().silentAfter(bytes));

        failsAndLeavesNothing("after byte " + bytes);
        isFineAfterwards();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 200})
    void requestsThatFallSilentLeaveNothing(int bytes) throws IOException {
        withShortTimes();
        line.plan(FaultPlan.none().silentAfter(bytes), FaultPlan.none());

        failsAndLeavesNothing("after byte " + bytes);
        isFineAfterwards();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 7", "150, 3", "299, 7"})
    void flippedBitInThePackageIsFound(int offset, int bit) throws IOException {
        line.plan(FaultPlan.none(), FaultPlan.none().flipBit(lengthOf(ANSWERS) + offset, bit));

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(board.kept()).isEmpty();
        isFineAfterwards();
    }

    /** A flipped bit may turn a name into another good one, or one member into one nobody knows. */
    @Test
    void flippedBitInAnAnswerNeverLeavesOtherBytes() throws IOException {
        withShortTimes();
        for (int offset = 0; offset < lengthOf(ANSWERS); offset += 8) {
            line.plan(FaultPlan.none(), FaultPlan.none().flipBit(offset, 0));
            try {
                board.update();
            } catch (OtaException e) {
                assertThat(e.code().exitStatus())
                        .as("byte %d: %s", offset, e.getMessage())
                        .isIn(73, 75, 76);
            }

            assertThat(board.kept())
                    .as("byte %d", offset)
                    .allSatisfy(
                            name -> assertThat(board.packages().resolve(name)).hasBinaryContent(PAYLOAD));
        }
    }

    @Test
    void slowLineIsNoFault() throws IOException {
        line.plan(FaultPlan.none(), FaultPlan.none().byteByByte().throttle(20_000));

        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
    }

    private void withShortTimes() {
        board.with("handshake_timeout", "1").with("response_timeout", "1").with("read_timeout", "1");
    }

    private void failsAndLeavesNothing(String when) throws IOException {
        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure).as(when).isNotNull();
        assertThat(failure.code().exitStatus()).as(when).isIn(75, 76);
        assertThat(board.kept()).as(when).isEmpty();
        assertThat(board.file("runs")).as(when).doesNotExist();
    }

    private void isFineAfterwards() throws IOException {
        line.plan(FaultPlan.none(), FaultPlan.none());

        board.update();

        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
        assertThat(board.kept()).containsExactly("fw-2");
        assertThat(board.file("runs")).hasContent("ran");
    }

    private static int lengthOf(List<String> messages) {
        return messages.stream().mapToInt(String::length).sum();
    }
}
