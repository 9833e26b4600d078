package dev.otapair.client;

import dev.otapair.client.config.ServerAddress;
import dev.otapair.client.install.Hook;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.ReportFile;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Request.Report;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * Tells what becomes of a release: on disk, so that the next question tells it; to the server at once, if it listens; and to {@code
 * on_event}. That nobody listens changes nothing. One run.
 *
 * @see "PROTOCOL.md, section 7.9: What boards report"
 */
final class Herald {
    private static final Logger LOG = Loggers.of(Herald.class);

    private final ReportFile file;
    private final Optional<Hook> onEvent;
    private final Consumer<ServerAddress> send;
    private Optional<ServerAddress> listener = Optional.empty();

    /** @param send tells a server what is in {@code file}, in a short session of its own; throws {@link OtaException} */
    Herald(ReportFile file, Optional<Hook> onEvent, Consumer<ServerAddress> send) {
        this.file = file;
        this.onEvent = onEvent;
        this.send = send;
    }

    /** Takes who is told at once: the server that was talked to in this run, if it takes reports. Nobody until then. */
    void tellsAtOnce(Optional<ServerAddress> server) {
        listener = server;
    }

    void tell(BoardState state, Deployment about) {
        write(state, about, Optional.empty()).run();
    }

    /**
     * Remembers what is to be told.
     *
     * @param failure what it came to; empty if it went well
     * @return tells it: to be run when whatever that does can change nothing any more
     */
    Runnable write(BoardState state, Deployment about, Optional<OtaException> failure) {
        file.write(reportOf(state, about.release(), failure));
        return () -> {
            call(state, about.release(), failure);
            listener.ifPresent(server -> send(server, state));
        };
    }

    /**
     * Tells what the server sees by itself, or cannot be told now: with the next question, and once however often it is so.
     *
     * @param about a release that may never be one here
     * @param failure what is in its way; empty if nothing
     */
    void note(BoardState state, InstalledRelease about, Optional<OtaException> failure) {
        Report news = reportOf(state, about, failure);
        if (!file.read().equals(Optional.of(news))) {
            file.write(news);
            call(state, about, failure);
        }
    }

    private static Report reportOf(BoardState state, InstalledRelease about, Optional<OtaException> failure) {
        return new Report(state, about.name(), about.release(), statusOf(failure));
    }

    private static int statusOf(Optional<OtaException> failure) {
        return failure.map(why -> why.code().exitStatus()).orElse(0);
    }

    private void call(BoardState state, InstalledRelease about, Optional<OtaException> failure) {
        Map<String, String> variables = new TreeMap<>();
        variables.put("OTA_NAME", about.toString());
        variables.put("OTA_RELEASE", Long.toString(about.release()));
        variables.put("OTA_VERSION", about.version());
        variables.put("OTA_CODE", Integer.toString(statusOf(failure)));
        variables.put("OTA_REASON", failure.map(Throwable::getMessage).orElse(""));
        onEvent.map(hook -> hook.call(state.word(), variables))
                .filter(result -> result.answer() != Hook.Answer.YES)
                .ifPresent(result -> LOG.warn("on_event: {}", result.why()));
    }

    private void send(ServerAddress server, BoardState state) {
        try {
            send.accept(server);
        } catch (OtaException e) {
            listener = Optional.empty();
            LOG.info("The server is told '{}' with the next question: {}", state, e.getMessage());
        }
    }
}
