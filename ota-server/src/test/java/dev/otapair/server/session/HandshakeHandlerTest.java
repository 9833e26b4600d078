package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.server.ConfigFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeHandlerTest {
    private static final String GOOD_HANDSHAKE = Session.handshake(ConfigFile.TOKEN);
    private static final String BUSY = Session.error("Server is busy, try again later.");

    @TempDir
    private Path folder;

    private final SessionLimit limit = new SessionLimit(1);
    private ConfigFile config;
    private Session session;

    @BeforeEach
    void connect() {
        config = new ConfigFile(folder).with("queue_timeout", "300");
        session = new Session(config.read(), limit);
    }

    @AfterEach
    void close() {
        session.close();
    }

    private SessionLimit.Place takeThePlace() {
        return limit.enter(Runnable::run, () -> {});
    }

    private boolean isPlaceFree() {
        AtomicBoolean isFree = new AtomicBoolean();
        limit.enter(Runnable::run, () -> isFree.set(true)).leave();
        return isFree.get();
    }

    @Test
    void rightTokenIsConnected() {
        assertThat(session.send(GOOD_HANDSHAKE).answers()).isEqualTo(Session.CONNECTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "correct hors", "correct horse ", "Correct horse", "密码"})
    void wrongTokenGetsTheExactReason(String token) {
        assertThat(session.send(Session.handshake(token)).answers())
                .isEqualTo("{\"response\": \"error\", \"data\": {\"reason\": \"Security code check failed.\"}}");
    }

    @Test
    void wrongTokenTakesNoPlace() {
        session.send(Session.handshake("guess")).answers();

        assertThat(isPlaceFree()).isTrue();
    }

    @Test
    void wrongTokenDoesNotWait() {
        takeThePlace();

        assertThat(session.send(Session.handshake("guess")).answers())
                .isEqualTo(Session.error("Security code check failed."));
    }

    @Test
    void emptyTokenLetsWhoSaysNoneIn() {
        try (Session open = new Session(config.with("security", "").read(), new SessionLimit(1))) {
            assertThat(open.send(Session.handshake("")).answers()).isEqualTo(Session.CONNECTED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Session.HEADER, Session.PACKAGE})
    void requestBeforeTheHandshakeIsRefused(String request) {
        assertThat(session.send(request).answers()).isEqualTo(Session.error("Handshake required."));
    }

    @Test
    void exitBeforeTheHandshakeClosesWithoutAWord() {
        session.send(Session.EXIT);

        assertThat(session.answers()).isEmpty();
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void whoFindsNoPlaceWaits() {
        takeThePlace();

        assertThat(session.send(GOOD_HANDSHAKE).advance(Duration.ofSeconds(299)).answers())
                .isEmpty();
    }

    @Test
    void whoWaitsIsAdmittedWhenAPlaceIsLeft() {
        SessionLimit.Place place = takeThePlace();
        session.send(GOOD_HANDSHAKE);

        place.leave();

        assertThat(session.answers()).isEqualTo(Session.CONNECTED);
    }

    @Test
    void whoWaitedTooLongIsToldThatTheServerIsBusy() {
        takeThePlace();

        session.send(GOOD_HANDSHAKE).advance(Duration.ofSeconds(300));

        assertThat(session.answers()).isEqualTo(BUSY);
    }

    @Test
    void whoWasToldBusyIsNotAdmittedLater() {
        SessionLimit.Place place = takeThePlace();
        session.send(GOOD_HANDSHAKE).advance(Duration.ofSeconds(300)).answers();

        place.leave();

        assertThat(session.answers()).isEmpty();
        assertThat(isPlaceFree()).isTrue();
    }

    @Test
    void whoIsAdmittedIsNotToldBusyLater() {
        session.send(GOOD_HANDSHAKE).answers();

        assertThat(session.advance(Duration.ofSeconds(301)).answers()).isEmpty();
    }

    @Test
    void requestsSentWhileWaitingAreAnsweredAfterwards() {
        SessionLimit.Place place = takeThePlace();
        session.send(GOOD_HANDSHAKE + Session.HEADER);

        place.leave();

        assertThat(session.answers())
                .isEqualTo(Session.CONNECTED + "{\"response\": \"header\", \"data\": {\"latest\": \"fw.tar.gz\"}}");
    }

    @Test
    void whoGoesWhileWaitingLosesTheTurn() {
        SessionLimit.Place place = takeThePlace();
        session.send(GOOD_HANDSHAKE).close();

        place.leave();

        assertThat(isPlaceFree()).isTrue();
    }

    @Test
    void whoIsRefusedWhileWaitingLosesTheTurn() {
        SessionLimit.Place place = takeThePlace();
        session.send(GOOD_HANDSHAKE).send("garbage").answers();

        place.leave();

        assertThat(session.answers()).isEmpty();
        assertThat(isPlaceFree()).isTrue();
    }

    @Test
    void placeIsHeldForTheWholeSession() {
        session.send(GOOD_HANDSHAKE).advance(Duration.ofSeconds(500));

        assertThat(isPlaceFree()).isFalse();
    }

    @Test
    void placeIsFreeAfterTheSession() {
        session.send(GOOD_HANDSHAKE).send(Session.EXIT);

        assertThat(isPlaceFree()).isTrue();
    }

    @Test
    void whoWaitsIsToldBusyWhenTheServerGoesDown() {
        takeThePlace();
        session.send(GOOD_HANDSHAKE);

        session.tell(Shutdown.REQUESTED);

        assertThat(session.answers()).isEqualTo(BUSY);
    }
}
