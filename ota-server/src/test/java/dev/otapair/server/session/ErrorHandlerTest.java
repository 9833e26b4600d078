package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.server.ConfigFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorHandlerTest {
    private static final String WRONG = Session.handshake("guess");

    @TempDir
    private Path folder;

    private Session session;

    @BeforeEach
    void connect() {
        session = new Session(new ConfigFile(folder).read(), new SessionLimit(1));
    }

    @AfterEach
    void close() {
        session.close();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
                    {"request": "reboot", "data": {}}                   | Unknown request.
                    {"request": "header"}                               | Malformed message.
                    {"request": "handshake", "data": {"security": 1}}   | Malformed message.
                    {"request": "handshake", "data": []}                | Malformed message.
                    {"response": "connected", "data": {}}               | Malformed message.
                    GET / HTTP/1.1                                      | Malformed message.
                    """)
    void whatCannotBeAnsweredIsRefusedWithAReason(String text, String reason) {
        assertThat(session.send(text).answers()).isEqualTo(Session.error(reason));
    }

    @Test
    void overlongMessageIsRefusedBeforeItEnds() {
        assertThat(session.send("{" + " ".repeat(4096)).answers()).isEqualTo(Session.error("Malformed message."));
    }

    @Test
    void nothingIsServedAfterARefusal() {
        session.send(WRONG).answers();

        session.send(Session.HEADER + Session.handshake(ConfigFile.TOKEN) + Session.PACKAGE);

        assertThat(session.answers()).isEmpty();
    }

    @Test
    void whatIsJoinedToARefusedMessageIsNotServed() {
        assertThat(session.send(WRONG + Session.HEADER).answers())
                .isEqualTo(Session.error("Security code check failed."));
    }

    @Test
    void garbageAfterARefusalIsNotAnswered() {
        session.send(WRONG).answers();

        assertThat(session.send("garbage").answers()).isEmpty();
    }

    @Test
    void refusedPeerHasAGraceToReadTheReason() {
        session.send(WRONG);

        session.advance(Duration.ofMillis(4_900));

        assertThat(session.isOpen()).isTrue();
    }

    @Test
    void graceEnds() {
        session.send(WRONG);

        session.advance(Duration.ofMillis(5_100));

        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void graceIsNotProlongedByWhatThePeerSends() {
        session.send(WRONG);

        session.advance(Duration.ofSeconds(4)).send(Session.HEADER).advance(Duration.ofMillis(1_100));

        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void exitEndsTheGrace() {
        session.send(WRONG);

        session.send(Session.EXIT);

        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void shutdownEndsTheGrace() {
        session.send(WRONG);

        session.tell(Shutdown.REQUESTED);

        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void deadlinesOfTheSessionEndWithIt() {
        session.send(WRONG).answers();

        assertThat(session.advance(Duration.ofSeconds(20)).answers()).isEmpty();
    }

    @Test
    void brokenConnectionIsClosedWithoutAWord() {
        session.fail(new IOException("Connection reset by peer"));

        assertThat(session.answers()).isEmpty();
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void lostConnectionIsClosedWithoutAWord() {
        session.fail(new OtaException(ErrorCode.CONNECTION_LOST, "the package was overwritten after its end was sent"));

        assertThat(session.answers()).isEmpty();
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void defectOfTheServerIsToldWithoutItsDetails() {
        session.fail(new IllegalStateException("thrown by ErrorHandlerTest; the stack trace is meant to be"));

        assertThat(session.answers()).isEqualTo(Session.error("Input or output error."));
    }
}
