package dev.otapair.client;

import static dev.otapair.protocol.error.ErrorCode.LEGACY_SERVER;
import static dev.otapair.protocol.error.ErrorCode.ROLLBACK_REFUSED;
import static dev.otapair.protocol.error.ErrorCode.SCRIPT_FAILED;
import static dev.otapair.protocol.error.ErrorCode.SECRET_REJECTED;
import static dev.otapair.protocol.error.ErrorCode.TOO_EARLY;
import static dev.otapair.protocol.error.ErrorCode.UNREACHABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.Forge;
import dev.otapair.client.testing.HostileServer;
import dev.otapair.client.testing.ScriptedServer;
import dev.otapair.client.testing.ServerProcess;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A board with a list of servers: what is wrong with the first one does not keep it from the second. */
class SeveralServersWireTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final byte[] OLD = bytes("old");
    private static final byte[] GOOD = bytes("good");
    private static final byte[] EVIL = bytes("evil");
    private static final Forge TRUTH = Forge.of("fw-2", GOOD, KEY);

    @TempDir
    private Path folder;

    private final List<AutoCloseable> servers = new ArrayList<>();
    private Board board;

    /** What is wrong with a server. */
    enum Wrong {
        DEAD,
        REFUSES_THE_TOKEN,
        SPEAKS_HTTP,
        SPEAKS_V1,
        HANGS,
        IS_BUSY_FOR_LONG,
        HAS_NOT_GOT_IT,
        HAS_A_BROKEN_DISK,
        SAYS_THAT_OUR_DISK_IS_FULL,
        SAYS_THAT_ITS_DIGEST_IS_WRONG,
        SENDS_ANOTHER_BODY,
        REPLAYS_AN_OLDER_RELEASE,
        OFFERS_WHAT_A_STRANGER_SIGNED
    }

    @BeforeEach
    void boardWithReleaseInstalled() throws IOException {
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .with("response_timeout", "1")
                .withScript("cat \"$1\" >>ran")
                .trusting(KEY);
        board.install(Forge.of("fw-1", OLD, KEY).with("release", "41").writeTo(folder.resolve("stick"), "fw-1"), false);
        Files.delete(board.file("ran"));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable server : servers) {
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void boardIsUpdatedByTheSecond(Wrong wrong) throws IOException {
        asking(start(wrong), good());
        long start = System.nanoTime();

        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(board.packages().resolve("fw-2")).hasBinaryContent(GOOD);
        assertThat(board.file("ran")).hasBinaryContent(GOOD);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }

    /** Who only sends another body is not found out by asking. */
    @ParameterizedTest
    @EnumSource
    void checkIsAnsweredByTheSecond(Wrong wrong) throws IOException {
        asking(start(wrong), good());

        Outcome outcome = board.check();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATE_AVAILABLE);
        assertThat(outcome.offered().orElseThrow().name().value()).isEqualTo("fw-2");
    }

    @Test
    void firstFailureIsReportedWhenAllRefuse() throws IOException {
        asking(start(Wrong.REFUSES_THE_TOKEN), start(Wrong.SPEAKS_V1), start(Wrong.REPLAYS_AN_OLDER_RELEASE));

        assertThat(failureOfUpdate().code()).isEqualTo(SECRET_REJECTED);
        asking(start(Wrong.SPEAKS_V1), start(Wrong.REFUSES_THE_TOKEN));
        assertThat(catchThrowableOfType(OtaException.class, board::check).code())
                .isEqualTo(LEGACY_SERVER);
    }

    @Test
    void replayIsReportedWhenNobodyHasTheNewest() throws IOException {
        asking(start(Wrong.REPLAYS_AN_OLDER_RELEASE), start(Wrong.REFUSES_THE_TOKEN));

        assertThat(failureOfUpdate().code()).isEqualTo(ROLLBACK_REFUSED);
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(board.kept()).containsExactly("fw-1");
        assertThat(board.file("ran")).doesNotExist();
    }

    @Test
    void allDeadIsOneForTheNextRun() throws IOException {
        asking(start(Wrong.DEAD), start(Wrong.DEAD));

        OtaException failure = failureOfUpdate();

        assertThat(failure.code()).isEqualTo(UNREACHABLE);
        assertThat(failure.code().exitStatus()).isEqualTo(75);
    }

    /** What the first one has failed here; the second one has what mends it. */
    @Test
    void releaseThatIsLeftAloneDoesNotHideTheNext() throws IOException {
        board.withScript("test \"$OTA_NAME\" != fw-2");
        InetSocketAddress first = good();
        asking(first);
        assertThat(failureOfUpdate().code()).isEqualTo(SCRIPT_FAILED);
        assertThat(failureOfUpdate().code()).isEqualTo(SCRIPT_FAILED);
        assertThat(failureOfUpdate().code()).isEqualTo(TOO_EARLY);
        asking(first, ServerProcess.freeAddress());
        assertThat(failureOfUpdate().code()).isEqualTo(TOO_EARLY);
        asking(
                first,
                started(Forge.of("fw-3", bytes("better"), KEY)
                        .with("release", "43")
                        .serve("fw-3")));

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);

        assertThat(board.installed()).isEqualTo("fw-3");
    }

    private OtaException failureOfUpdate() {
        return catchThrowableOfType(OtaException.class, board::update);
    }

    private InetSocketAddress good() throws IOException {
        return started(TRUTH.serve("fw-2"));
    }

    private InetSocketAddress start(Wrong wrong) throws IOException {
        return switch (wrong) {
            case DEAD -> ServerProcess.freeAddress();
            case REFUSES_THE_TOKEN -> started(saying("Security code check failed."));
            case SPEAKS_HTTP -> started(new ScriptedServer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
            case SPEAKS_V1 -> started(new ScriptedServer(ScriptedServer.legacy()));
            case HANGS -> started(new ScriptedServer());
            case IS_BUSY_FOR_LONG ->
                started(new ScriptedServer("{\"response\":\"busy\",\"data\":{\"v\":2,\"retry_after\":600}}"));
            case HAS_NOT_GOT_IT -> started(saying("Package is not available."));
            case HAS_A_BROKEN_DISK -> started(saying("Input or output error."));
            case SAYS_THAT_OUR_DISK_IS_FULL -> started(saying("Cannot write."));
            case SAYS_THAT_ITS_DIGEST_IS_WRONG -> started(saying("Digest does not match."));
            case SENDS_ANOTHER_BODY ->
                started(TRUTH.announcing(GOOD).sending(EVIL).serve("fw-2"));
            case REPLAYS_AN_OLDER_RELEASE ->
                started(Forge.of("fw-0", OLD, KEY).with("release", "40").serve("fw-0"));
            case OFFERS_WHAT_A_STRANGER_SIGNED ->
                started(Forge.of("fw-2", EVIL, SigningKey.generate()).serve("fw-2"));
        };
    }

    private static ScriptedServer saying(String reason) throws IOException {
        return new ScriptedServer("{\"response\":\"error\",\"data\":{\"v\":2,\"reason\":\"" + reason + "\"}}");
    }

    private InetSocketAddress started(HostileServer server) {
        servers.add(server);
        return server.address();
    }

    private InetSocketAddress started(ScriptedServer server) {
        servers.add(server);
        return server.address();
    }

    private void asking(InetSocketAddress... addresses) {
        board.with(
                "server",
                Stream.of(addresses)
                        .map(address -> "127.0.0.1:" + address.getPort())
                        .collect(Collectors.joining(", ")));
    }

    private static byte[] bytes(String word) {
        return word.repeat(5000).getBytes(StandardCharsets.US_ASCII);
    }
}
