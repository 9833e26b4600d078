package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.server.OtaServer;
import dev.otapair.server.config.ConfigSource;
import dev.otapair.server.session.LegacyPacing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our client against our server. */
class ServerWireTest {
    @TempDir
    private Path folder;

    private Path packages;
    private OtaServer server;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        packages = Files.createDirectories(folder.resolve("server/packages"));
        offer("");
        server = OtaServer.start(
                ConfigSource.open(folder.resolve("server/config.ini"), Map.of()),
                new LegacyPacing(Duration.ofMillis(5)));
        board = new Board(Files.createDirectory(folder.resolve("board"))).asking(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void boardIsBroughtToWhatIsOnOffer() throws IOException {
        byte[] payload = new byte[3_000_000];
        new Random(3).nextBytes(payload);
        Files.write(packages.resolve("固件-2.tar.gz"), payload);
        offer("固件-2.tar.gz");

        Outcome outcome = board.withScript("cat \"$1\" >installed").update();

        assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
        assertThat(board.file("installed")).hasBinaryContent(payload);
    }

    @Test
    void boardFollowsEditsOfTheOffer() throws IOException {
        Files.write(packages.resolve("fw-1"), "one".getBytes(StandardCharsets.US_ASCII));
        Files.write(packages.resolve("fw-2"), new byte[0]);
        offer("fw-1");
        board.update();
        offer("fw-2");

        board.update();

        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(board.kept()).containsExactly("fw-1", "fw-2");
    }

    @Test
    void nothingOnOfferIsNothingToDo() throws IOException {
        assertThat(board.update().result()).isEqualTo(Outcome.Result.NOTHING_OFFERED);
    }

    @Test
    void packageThatIsMissingOnTheServerIsATemporaryFailure() throws IOException {
        offer("fw-3");

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_UNAVAILABLE);
        assertThat(board.kept()).isEmpty();
    }

    @Test
    void wrongTokenIsRefused() {
        board.with("security", "another");

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.SECRET_REJECTED);
    }

    private void offer(String latest) throws IOException {
        Files.writeString(folder.resolve("server/config.ini"), """
                [DEFAULT]
                port = 0
                security = %s
                [Server]
                ip = 127.0.0.1
                path = packages
                latest = %s
                shutdown_timeout = 1
                """.formatted(Board.TOKEN, latest));
    }
}
