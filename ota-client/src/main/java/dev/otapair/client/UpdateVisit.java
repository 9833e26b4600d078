package dev.otapair.client;

import dev.otapair.client.progress.Progress;
import dev.otapair.client.session.Visit;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PartialFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what is on offer, unless it is installed, declined or here already. Survives the connection it began on: held
 * again, it asks for what is still missing.
 */
final class UpdateVisit implements Visit, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UpdateVisit.class);

    private final Product product;
    private final InstalledRelease installed;
    private final PackageFolder packages;
    private final Confirmation confirmation;
    private final Progress.Factory progressFactory;

    private Optional<Offer> offer = Optional.empty();
    private Outcome.Result result = Outcome.Result.NOTHING_OFFERED;
    private Optional<PackageName> confirmed = Optional.empty();
    private Optional<PackageResponse> fetched = Optional.empty();
    private Optional<PartialFile> partial = Optional.empty();
    private OptionalLong receivingSince = OptionalLong.empty();
    private Optional<Progress> progress = Optional.empty();

    UpdateVisit(
            Product product,
            InstalledRelease installed,
            PackageFolder packages,
            Confirmation confirmation,
            Progress.Factory progressFactory) {
        this.product = product;
        this.installed = installed;
        this.packages = packages;
        this.confirmation = confirmation;
        this.progressFactory = progressFactory;
    }

    @Override
    public Board board() {
        return new Board(product, installed.name());
    }

    @Override
    public boolean offered(Optional<Offer> offered) {
        offer = offered;
        fetched = Optional.empty();
        if (offered.isEmpty()) {
            result = Outcome.Result.NOTHING_OFFERED;
            return false;
        }
        return isWanted(offered.get().name()) && !isHere(offered.get());
    }

    @Override
    public Range wanted(Offer offered) {
        Digest sha256 = offered.content().orElseThrow().sha256();
        return new Range(product, sha256, heldOf(sha256));
    }

    @Override
    public Decision announced(PackageResponse announced) {
        PackageName name = announced.latest();
        offer = Optional.of(new Offer(name, offer.flatMap(Offer::content)));
        if (!isWanted(name)) {
            return Decision.LEAVE;
        }
        if (packages.holds(name, announced.size(), announced.digest())) {
            ready(announced);
            return Decision.LEAVE;
        }
        if (announced.length() != announced.size() - announced.offset()) {
            LOG.info("The offer has changed to another content of {}", name);
            return Decision.ASK_AGAIN;
        }
        if (announced.offset() != heldOf(announced.digest())) {
            throw new OtaException(
                    ErrorCode.UNEXPECTED_MESSAGE,
                    "the server begins %s at byte %d, asked for was byte %d"
                            .formatted(name, announced.offset(), heldOf(announced.digest())));
        }
        receive(announced);
        return Decision.RECEIVE;
    }

    @Override
    public void payload(ByteBuffer bytes) {
        int count = bytes.remaining();
        partial.orElseThrow().append(bytes);
        progress.orElseThrow().advance(count);
    }

    /** Says whether a connection that broke can be made good by another one: something is here, and can go on. */
    boolean canResume() {
        return partial.isPresent() && partial.get().canResume();
    }

    /** Returns how many bytes are here. */
    long received() {
        return partial.map(PartialFile::size).orElse(0L);
    }

    /** Another connection is about to be made. */
    void connecting() {
        receivingSince = OptionalLong.empty();
    }

    /** Returns for how long the present connection has been receiving a package; zero if it has not begun. */
    Duration receiving() {
        return receivingSince.isEmpty()
                ? Duration.ZERO
                : Duration.ofNanos(System.nanoTime() - receivingSince.getAsLong());
    }

    /**
     * Verifies what came and gives it its final name; to be called when the visit is over.
     *
     * @return what is ready to be installed; empty when there is nothing to install
     */
    Optional<PackageResponse> finish() {
        progress.ifPresent(Progress::close);
        progress = Optional.empty();
        if (fetched.isPresent() && partial.isPresent()) {
            partial.get().finish(packages.pathOf(fetched.get().latest()));
        }
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

    private void receive(PackageResponse announced) {
        if (partial.isPresent() && partial.get().isOf(announced.digest()) && announced.offset() > 0) {
            LOG.info("Going on with {} at byte {} of {}", announced.latest(), announced.offset(), announced.size());
        } else {
            close();
            partial = Optional.of(packages.begin(announced));
            LOG.info("Fetching {}, {} bytes", announced.latest(), announced.size());
            progress = Optional.of(progressFactory.begin(announced.latest().value(), announced.size()));
        }
        fetched = Optional.of(announced);
        receivingSince = OptionalLong.of(System.nanoTime());
    }

    private long heldOf(Digest digest) {
        return partial.filter(file -> file.canResume() && file.isOf(digest))
                .map(PartialFile::size)
                .orElse(0L);
    }

    private boolean isHere(Offer offered) {
        return offered.content()
                .filter(content -> packages.holds(offered.name(), content.size(), content.sha256()))
                .map(content -> {
                    ready(PackageResponse.whole(offered.name(), content.size(), content.sha256()));
                    return true;
                })
                .orElse(false);
    }

    private void ready(PackageResponse whole) {
        LOG.info("{} is here already, whole and verified", whole.latest());
        close();
        partial = Optional.empty();
        fetched = Optional.of(whole);
    }

    /** Asks for confirmation once per name: a connection that is made good is no new question. */
    private boolean isWanted(PackageName latest) {
        if (installed.is(latest)) {
            result = Outcome.Result.UP_TO_DATE;
            return false;
        }
        if (confirmed.filter(latest::equals).isPresent()) {
            return true;
        }
        result = Outcome.Result.DECLINED;
        boolean accepted = confirmation.accept(installed, latest);
        confirmed = Optional.of(latest).filter(name -> accepted);
        return accepted;
    }
}
