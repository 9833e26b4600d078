package dev.otapair.client;

import dev.otapair.client.session.Visit;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Asks what is on offer, and leaves. */
final class CheckVisit implements Visit {
    private final Product product;
    private final InstalledRelease installed;
    private Optional<Offer> offer = Optional.empty();

    CheckVisit(Product product, InstalledRelease installed) {
        this.product = product;
        this.installed = installed;
    }

    /** Returns what the visit found; to be asked when it is over. */
    Outcome outcome() {
        Outcome.Result result = offer.isEmpty()
                ? Outcome.Result.NOTHING_OFFERED
                : installed.is(offer.get().name()) ? Outcome.Result.UP_TO_DATE : Outcome.Result.UPDATE_AVAILABLE;
        return new Outcome(result, installed, offer);
    }

    @Override
    public Board board() {
        return new Board(product, installed.name());
    }

    @Override
    public boolean offered(Optional<Offer> offered) {
        offer = offered;
        return false;
    }

    @Override
    public Range wanted(Offer offered) {
        throw new IllegalStateException("a check wants no package");
    }

    @Override
    public Decision announced(PackageResponse announced) {
        return Decision.LEAVE;
    }

    @Override
    public void payload(ByteBuffer bytes) {}
}
