package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.server.ConfigFile;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole session whose bytes come in pieces that have nothing to do with its messages. */
class PipelineTest {
    private static final String REQUESTS =
            Session.handshake(ConfigFile.TOKEN) + Session.HEADER + Session.PACKAGE + Session.HEADER + Session.EXIT;
    private static final String HEADER_ANSWER = "{\"response\": \"header\", \"data\": {\"latest\": \"\"}}";
    private static final String ANSWERS =
            Session.CONNECTED + HEADER_ANSWER + Session.error("Package is not available.") + HEADER_ANSWER;

    @TempDir
    private static Path folder;

    private Session session;

    @BeforeEach
    void connect() {
        session = new Session(new ConfigFile(folder).with("latest", "").read(), new SessionLimit(1));
    }

    @AfterEach
    void close() {
        session.close();
    }

    static IntStream everySplit() {
        return IntStream.range(1, REQUESTS.length());
    }

    @ParameterizedTest
    @MethodSource("everySplit")
    void sessionSurvivesAnySegmentation(int split) {
        session.send(REQUESTS.substring(0, split)).send(REQUESTS.substring(split));

        assertThat(session.answers()).isEqualTo(ANSWERS);
        assertThat(session.isOpen()).isFalse();
    }

    @Test
    void sessionSurvivesSingleBytes() {
        REQUESTS.chars().forEach(character -> session.send(String.valueOf((char) character)));

        assertThat(session.answers()).isEqualTo(ANSWERS);
        assertThat(session.isOpen()).isFalse();
    }
}
