package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.server.ConfigFile;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerDeadlineTest {
    private static final String TIMED_OUT = Session.error("Timed out.");
    private static final String GOOD_HANDSHAKE = Session.handshake(ConfigFile.TOKEN);

    @TempDir
    private Path folder;

    private ConfigFile config;
    private SessionLimit limit;
    private Session session;

    @BeforeEach
    void connect() {
        config = new ConfigFile(folder)
                .with("handshake_timeout", "15")
                .with("message_timeout", "10")
                .with("legacy_idle_timeout", "900")
                .with("queue_timeout", "300");
        limit = new SessionLimit(1);
        session = new Session(config.read(), limit);
    }

    @AfterEach
    void close() {
        session.close();
    }

    private Session admitted() {
        session.send(GOOD_HANDSHAKE);
        assertThat(session.answers()).isEqualTo(Session.CONNECTED);
        return session;
    }

    @Test
    void handshakeMayTakeItsTime() {
        session.advance(Duration.ofMillis(14_900));

        assertThat(session.answers()).isEmpty();
    }

    @Test
    void silentPeerIsToldThatItIsLate() {
        session.advance(Duration.ofSeconds(15));

        assertThat(session.answers()).isEqualTo(TIMED_OUT);
    }

    @Test
    void dripDoesNotProlongTheHandshake() {
        String answers = "";
        for (int second = 0; second < 15; second++) {
            session.send(" ");
            session.advance(Duration.ofSeconds(1));
            answers = session.answers();
        }

        assertThat(answers).isEqualTo(TIMED_OUT);
    }

    @Test
    void dripDoesNotProlongAMessage() {
        int sent = 0;
        String answers = "";
        while (answers.isEmpty()) {
            session.send(GOOD_HANDSHAKE.substring(sent, sent + 1));
            session.advance(Duration.ofSeconds(1));
            answers = session.answers();
            sent++;
        }

        assertThat(answers).isEqualTo(TIMED_OUT);
        assertThat(sent).isEqualTo(10);
    }

    @Test
    void messageIsLateFromItsFirstByteOn() {
        admitted().advance(Duration.ofSeconds(600)).send("{");

        session.advance(Duration.ofMillis(9_900));
        assertThat(session.answers()).isEmpty();
        session.advance(Duration.ofMillis(200));
        assertThat(session.answers()).isEqualTo(TIMED_OUT);
    }

    @Test
    void messageThatEndsInTimeIsAnswered() {
        admitted().send("{\"request\": ").advance(Duration.ofSeconds(9)).send("\"header\", \"data\": {}}");

        assertThat(session.answers()).contains("\"header\"");
    }

    @Test
    void nextMessageHasATimeOfItsOwn() {
        String half = "{\"request\": \"head";
        admitted().send(half).advance(Duration.ofSeconds(9)).send("er\", \"data\": {}}" + half);
        session.answers();

        session.advance(Duration.ofSeconds(9)).send("er\", \"data\": {}}");

        assertThat(session.answers()).contains("\"header\"");
    }

    @Test
    void admittedPeerMayBeSilentAtItsPrompt() {
        admitted().advance(Duration.ofSeconds(899)).send(Session.HEADER);

        assertThat(session.answers()).contains("\"header\"");
    }

    @Test
    void admittedPeerMayNotBeSilentForEver() {
        admitted().advance(Duration.ofSeconds(900));

        assertThat(session.answers()).isEqualTo(TIMED_OUT);
    }

    @Test
    void eachAnswerStartsTheIdleTimeAnew() {
        admitted().advance(Duration.ofSeconds(800)).send(Session.HEADER).answers();

        session.advance(Duration.ofSeconds(800));

        assertThat(session.answers()).isEmpty();
    }

    @Test
    void whiteSpaceIsNoRequest() {
        admitted().advance(Duration.ofSeconds(899)).send(" ").advance(Duration.ofSeconds(2));

        assertThat(session.answers()).isEqualTo(TIMED_OUT);
    }

    @Test
    void clockStopsWhileTheServerOwesTheAnswer() {
        SessionLimit.Place place = limit.enter(Runnable::run, () -> {});
        session.send(GOOD_HANDSHAKE).advance(Duration.ofSeconds(299));
        assertThat(session.answers()).isEmpty();

        place.leave();

        assertThat(session.answers()).isEqualTo(Session.CONNECTED);
    }

    @Test
    void halfAMessageThatCameDuringTheServersTurnIsTimedFromItsEnd() {
        SessionLimit.Place place = limit.enter(Runnable::run, () -> {});
        session.send(GOOD_HANDSHAKE + "{\"request\": ").advance(Duration.ofSeconds(100));
        place.leave();
        session.answers();

        session.advance(Duration.ofSeconds(9)).send("\"header\", \"data\": {}}");

        assertThat(session.answers()).contains("\"header\"");
    }

    @Test
    void latePeerIsClosedAfterTheGrace() {
        session.advance(Duration.ofSeconds(15)).answers();

        session.advance(Duration.ofSeconds(5));

        assertThat(session.isOpen()).isFalse();
    }
}
