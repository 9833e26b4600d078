package dev.otapair.client;

import dev.otapair.client.install.Hook;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Stands before each package that is not here yet. One run; not thread-safe. */
final class FetchGate {
    private final BoardStore store;
    private final Optional<Hook> preDownload;
    private final Consumer<InstalledRelease> announcement;
    private Optional<Digest> allowed = Optional.empty();

    /**
     * @param store where room is made
     * @param preDownload asked whether it is a good moment, once for each package
     * @param announcement told what passes
     */
    FetchGate(BoardStore store, Optional<Hook> preDownload, Consumer<InstalledRelease> announcement) {
        this.store = store;
        this.preDownload = preDownload;
        this.announcement = announcement;
    }

    /**
     * Sees that a package may be fetched.
     *
     * @throws OtaException SCRIPT_DEFERRED if not now, CANNOT_WRITE
     */
    void require(PackageResponse whole) {
        if (allowed.filter(whole.digest()::equals).isPresent()) {
            return;
        }
        preDownload
                .map(hook -> hook.call(
                        whole.latest().value(),
                        Map.of("OTA_NAME", whole.latest().value())))
                .filter(result -> result.answer() != Hook.Answer.YES)
                .ifPresent(result -> {
                    throw new OtaException(ErrorCode.SCRIPT_DEFERRED, "not fetched: " + result.why());
                });
        store.removeUnneeded(Set.of(store.packages().placeOf(whole)));
        allowed = Optional.of(whole.digest());
    }

    /** Its first bytes are about to come. */
    void passed(InstalledRelease next) {
        announcement.accept(next);
    }
}
