package dev.otapair.client;

import dev.otapair.client.progress.Progress;
import dev.otapair.client.session.Visit;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PartialFile;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches what is on offer, unless it is installed, declined or here already. */
final class UpdateVisit implements Visit, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UpdateVisit.class);

    private final InstalledRelease installed;
    private final PackageFolder packages;
    private final Confirmation confirmation;
    private final Progress.Factory progressFactory;

    private Optional<PackageName> offer = Optional.empty();
    private Outcome.Result result = Outcome.Result.NOTHING_OFFERED;
    private Optional<PackageResponse> fetched = Optional.empty();
    private Optional<PartialFile> partial = Optional.empty();
    private Optional<Progress> progress = Optional.empty();

    UpdateVisit(
            InstalledRelease installed,
            PackageFolder packages,
            Confirmation confirmation,
            Progress.Factory progressFactory) {
        this.installed = installed;
        this.packages = packages;
        this.confirmation = confirmation;
        this.progressFactory = progressFactory;
    }

    @Override
    public boolean offered(Optional<PackageName> latest) {
        offer = latest;
        return latest.isPresent() && isWanted(latest.get());
    }

    @Override
    public boolean announced(PackageResponse announced) {
        PackageName name = announced.latest();
        if (installed.is(name)) {
            offer = Optional.of(name);
            result = Outcome.Result.UP_TO_DATE;
            return false;
        }
        if (packages.holds(announced)) {
            LOG.info("{} is here already, whole and verified", name);
            fetched = Optional.of(announced);
            return false;
        }
        partial = Optional.of(packages.begin(announced));
        fetched = Optional.of(announced);
        LOG.info("Fetching {}, {} bytes", name, announced.size());
        progress = Optional.of(progressFactory.begin(name.value(), announced.size()));
        return true;
    }

    @Override
    public void payload(ByteBuffer bytes) {
        int count = bytes.remaining();
        partial.orElseThrow().append(bytes);
        progress.orElseThrow().advance(count);
    }

    /**
     * Verifies what came and gives it its final name; to be called when the visit is over.
     *
     * @return what is ready to be installed; empty when there is nothing to install
     */
    Optional<PackageResponse> finish() {
        progress.ifPresent(Progress::close);
        progress = Optional.empty();
        partial.ifPresent(received ->
                received.finish(packages.pathOf(fetched.orElseThrow().latest())));
        return fetched;
    }

    /** Returns what the visit came to when there is nothing to install. */
    Outcome outcome() {
        return new Outcome(result, installed, offer);
    }

    @Override
    public void close() {
        progress.ifPresent(Progress::close);
        partial.ifPresent(PartialFile::close);
    }

    private boolean isWanted(PackageName latest) {
        if (installed.is(latest)) {
            result = Outcome.Result.UP_TO_DATE;
            return false;
        }
        result = Outcome.Result.DECLINED;
        return confirmation.accept(installed, latest);
    }
}
