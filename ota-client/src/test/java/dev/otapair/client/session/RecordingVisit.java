package dev.otapair.client.session;

import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A visit that wants what it is told to want, and remembers what came. */
final class RecordingVisit implements Visit {
    private final boolean wantsOffer;
    private final boolean wantsPackage;
    private final List<String> events = new ArrayList<>();

    RecordingVisit(boolean wantsOffer, boolean wantsPackage) {
        this.wantsOffer = wantsOffer;
        this.wantsPackage = wantsPackage;
    }

    @Override
    public boolean offered(Optional<PackageName> latest) {
        events.add("offered " + latest.map(PackageName::value).orElse("nothing"));
        return wantsOffer;
    }

    @Override
    public boolean announced(PackageResponse announced) {
        events.add("announced " + announced.latest());
        return wantsPackage;
    }

    @Override
    public void payload(ByteBuffer bytes) {
        events.add("payload " + StandardCharsets.US_ASCII.decode(bytes));
    }

    List<String> events() {
        return List.copyOf(events);
    }
}
