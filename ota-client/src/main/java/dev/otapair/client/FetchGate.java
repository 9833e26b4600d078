package dev.otapair.client;

import dev.otapair.client.install.Hook;
import dev.otapair.client.store.History;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.util.Map;
import java.util.Optional;

/** Stands before each package that is not here yet. One run; not thread-safe. */
final class FetchGate {
    private final History history;
    private final Optional<Hook> preDownload;
    private final Herald herald;
    private Optional<Digest> allowed = Optional.empty();

    /**
     * @param history whose packages must not be overwritten
     * @param preDownload asked whether it is a good moment, once for each package
     * @param herald told what passes
     */
    FetchGate(History history, Optional<Hook> preDownload, Herald herald) {
        this.history = history;
        this.preDownload = preDownload;
        this.herald = herald;
    }

    /**
     * Sees that a package may be fetched.
     *
     * @throws OtaException RELEASE_REFUSED if it may not, SCRIPT_DEFERRED if not now
     */
    void require(PackageResponse whole) {
        if (allowed.filter(whole.digest()::equals).isPresent()) {
            return;
        }
        history.requireFree(whole.latest(), whole.digest());
        preDownload
                .map(hook -> hook.call(
                        whole.latest().value(),
                        Map.of("OTA_NAME", whole.latest().value())))
                .filter(result -> result.answer() != Hook.Answer.YES)
                .ifPresent(result -> {
                    throw new OtaException(ErrorCode.SCRIPT_DEFERRED, "not fetched: " + result.why());
                });
        allowed = Optional.of(whole.digest());
    }

    /** Its first bytes are about to come. */
    void passed(InstalledRelease next) {
        herald.note(BoardState.DOWNLOADING, next, Optional.empty());
    }
}
