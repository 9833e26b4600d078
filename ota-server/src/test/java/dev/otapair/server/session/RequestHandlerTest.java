package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.server.ConfigFile;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestHandlerTest {
    @TempDir
    private Path folder;

    private ConfigFile config;

    @BeforeEach
    void writeConfig() {
        config = new ConfigFile(folder);
    }

    @Test
    void headerNamesThePackageOnOffer() {
        try (Session session = Session.admitted(config.read())) {
            assertThat(session.send(Session.HEADER).answers())
                    .isEqualTo("{\"response\": \"header\", \"data\": {\"latest\": \"fw.tar.gz\"}}");
        }
    }

    @Test
    void headerNamesAPackageWithEscapes() {
        try (Session session =
                Session.admitted(config.with("latest", "固件 1.4.0.tar.gz").read())) {
            assertThat(session.send(Session.HEADER).answers())
                    .isEqualTo("{\"response\": \"header\", \"data\": {\"latest\": \"\\u56fa\\u4ef6 1.4.0.tar.gz\"}}");
        }
    }

    @Test
    void headerIsEmptyWhenNothingIsOnOffer() {
        try (Session session = Session.admitted(config.with("latest", "").read())) {
            assertThat(session.send(Session.HEADER).answers())
                    .isEqualTo("{\"response\": \"header\", \"data\": {\"latest\": \"\"}}");
        }
    }

    @Test
    void headerMayBeAskedAgainAndAgain() {
        try (Session session = Session.admitted(config.read())) {
            session.send(Session.HEADER).answers();

            assertThat(session.send(Session.HEADER).answers()).contains("\"header\"");
        }
    }

    @Test
    void packageIsNotAvailableWhenNothingIsOnOffer() {
        try (Session session = Session.admitted(config.with("latest", "").read())) {
            assertThat(session.send(Session.PACKAGE).answers()).isEqualTo(Session.error("Package is not available."));
        }
    }

    @Test
    void sessionGoesOnAfterAPackageThatIsNotAvailable() {
        try (Session session = Session.admitted(config.with("latest", "").read())) {
            session.send(Session.PACKAGE).answers();

            assertThat(session.send(Session.HEADER).answers()).contains("\"header\"");
        }
    }

    @Test
    void secondHandshakeIsUnexpected() {
        try (Session session = Session.admitted(config.read())) {
            assertThat(session.send(Session.handshake(ConfigFile.TOKEN)).answers())
                    .isEqualTo(Session.error("Unexpected message."));
        }
    }

    @Test
    void exitClosesWithoutAWord() {
        try (Session session = Session.admitted(config.read())) {
            session.send(Session.EXIT);

            assertThat(session.answers()).isEmpty();
            assertThat(session.isOpen()).isFalse();
        }
    }
}
