package dev.otapair.client.session;

import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A visit that wants what it is told to want, and remembers what came. */
final class RecordingVisit implements Visit {
    private final boolean wantsOffer;
    private final Decision decision;
    private final List<String> events = new ArrayList<>();
    private Optional<Offer> offer = Optional.empty();

    RecordingVisit(boolean wantsOffer, boolean wantsPackage) {
        this(wantsOffer, wantsPackage ? Decision.RECEIVE : Decision.LEAVE);
    }

    RecordingVisit(boolean wantsOffer, Decision decision) {
        this.wantsOffer = wantsOffer;
        this.decision = decision;
    }

    @Override
    public Board board() {
        return new Board(Product.DEFAULT, Optional.of(new PackageName("fw-1")), Optional.empty());
    }

    @Override
    public boolean offered(HeaderResponse header) {
        offer = header.offer();
        events.add("offered " + offer.map(Offer::name).map(PackageName::value).orElse("nothing"));
        return wantsOffer && offer.isPresent();
    }

    @Override
    public Optional<Request> wanted(Set<Feature> features) {
        return Optional.of(new PackageRequest(
                offer.flatMap(Offer::content).map(content -> new Range(Product.DEFAULT, content.sha256(), 0))));
    }

    @Override
    public Decision announced(PackageResponse announced) {
        events.add("announced " + announced.latest());
        return decision;
    }

    @Override
    public boolean payload(ByteBuffer bytes) {
        events.add("payload " + StandardCharsets.US_ASCII.decode(bytes));
        return true;
    }

    List<String> events() {
        return List.copyOf(events);
    }
}
