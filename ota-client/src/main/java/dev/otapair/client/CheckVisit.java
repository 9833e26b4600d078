package dev.otapair.client;

import dev.otapair.client.session.Visit;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Asks what is on offer, and leaves. */
final class CheckVisit implements Visit {
    private final InstalledRelease installed;
    private Optional<PackageName> offer = Optional.empty();

    CheckVisit(InstalledRelease installed) {
        this.installed = installed;
    }

    /** Returns what the visit found; to be asked when it is over. */
    Outcome outcome() {
        Outcome.Result result = offer.isEmpty()
                ? Outcome.Result.NOTHING_OFFERED
                : installed.is(offer.get()) ? Outcome.Result.UP_TO_DATE : Outcome.Result.UPDATE_AVAILABLE;
        return new Outcome(result, installed, offer);
    }

    @Override
    public boolean offered(Optional<PackageName> latest) {
        offer = latest;
        return false;
    }

    @Override
    public boolean announced(PackageResponse announced) {
        return false;
    }

    @Override
    public void payload(ByteBuffer bytes) {}
}
