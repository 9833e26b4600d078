package dev.otapair.client;

import dev.otapair.client.install.Hook;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.ReportFile;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Request.Report;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what becomes of a release: on disk, so that the next question tells it; to the server at once, if it listens; and to {@code
 * on_event}. That nobody listens changes nothing. One run.
 *
 * @see "PROTOCOL.md, section 7.9: What boards report"
 */
final class Herald {
    private static final Logger LOG = LoggerFactory.getLogger(Herald.class);

    private final ReportFile file;
    private final Optional<Hook> onEvent;
    private final Runnable send;
    private boolean isHeard;

    /** @param send tells the server what is in {@code file}, in a short session of its own; throws {@link OtaException} */
    Herald(ReportFile file, Optional<Hook> onEvent, Runnable send) {
        this.file = file;
        this.onEvent = onEvent;
        this.send = send;
    }

    /** The server has been talked to in this run, and takes reports; before that, or after a failure, it is not bothered. */
    void isHeard(boolean now) {
        isHeard = now;
    }

    void tell(BoardState state, Deployment about) {
        tell(state, about, 0, "");
    }

    void tell(BoardState state, Deployment about, OtaException failure) {
        tell(state, about, failure.code().exitStatus(), failure.getMessage());
    }

    private void tell(BoardState state, Deployment about, int status, String reason) {
        file.write(new Report(state, Optional.of(about.name()), about.release().release(), status));
        Map<String, String> variables = new TreeMap<>();
        variables.put("OTA_NAME", about.name().value());
        variables.put("OTA_RELEASE", Long.toString(about.release().release()));
        variables.put("OTA_VERSION", about.release().version());
        variables.put("OTA_CODE", Integer.toString(status));
        variables.put("OTA_REASON", reason);
        onEvent.map(hook -> hook.call(state.word(), variables))
                .filter(result -> result.answer() != Hook.Answer.YES)
                .ifPresent(result -> LOG.warn("on_event: {}", result.why()));
        if (isHeard) {
            sendNow(state);
        }
    }

    private void sendNow(BoardState state) {
        try {
            send.run();
        } catch (OtaException e) {
            isHeard = false;
            LOG.info("The server is told '{}' with the next question: {}", state, e.getMessage());
        }
    }
}
