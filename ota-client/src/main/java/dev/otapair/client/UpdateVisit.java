package dev.otapair.client;

import dev.otapair.client.progress.Progress;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.session.Visit;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PartialFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogText;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.HeaderResponse;
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
    private final BoardTrust trust;
    private final PackageFolder packages;
    private final Confirmation confirmation;
    private final Progress.Factory progressFactory;

    private Optional<Offer> offer = Optional.empty();
    private Optional<Verdict> verdict = Optional.empty();
    private Outcome.Result result = Outcome.Result.NOTHING_OFFERED;
    private Optional<PackageName> confirmed = Optional.empty();
    private Optional<PackageResponse> fetched = Optional.empty();
    private Optional<PartialFile> partial = Optional.empty();
    private OptionalLong receivingSince = OptionalLong.empty();
    private Optional<Progress> progress = Optional.empty();

    UpdateVisit(
            Product product,
            InstalledRelease installed,
            BoardTrust trust,
            PackageFolder packages,
            Confirmation confirmation,
            Progress.Factory progressFactory) {
        this.product = product;
        this.installed = installed;
        this.trust = trust;
        this.packages = packages;
        this.confirmation = confirmation;
        this.progressFactory = progressFactory;
    }

    @Override
    public Board board() {
        return new Board(product, installed.name(), Optional.of(trust.standing(installed)));
    }

    @Override
    public boolean offered(HeaderResponse header) {
        offer = header.offer();
        verdict = Optional.empty();
        fetched = Optional.empty();
        if (offer.isEmpty()) {
            result = Outcome.Result.NOTHING_OFFERED;
            return false;
        }
        return isWanted(offer.get(), header.now()) && !isHere(offer.get());
    }

    @Override
    public Range wanted() {
        Digest sha256 = offer.flatMap(Offer::content).orElseThrow().sha256();
        return new Range(product, sha256, heldOf(sha256));
    }

    @Override
    public Decision announced(PackageResponse announced) {
        Optional<Content> accepted = offer.flatMap(Offer::content);
        if (accepted.isEmpty()) {
            return announcedByV1(announced);
        }
        if (!announced.digest().equals(accepted.get().sha256())) {
            LOG.info("The offer has changed to another content, that of {}", announced.latest());
            return Decision.ASK_AGAIN;
        }
        requireAsOffered(announced);
        receive(announced);
        return Decision.RECEIVE;
    }

    /** What v1 announces need not be what its header named, and only now it has a size and a digest. */
    private Decision announcedByV1(PackageResponse announced) {
        offer = Optional.of(Offer.named(announced.latest()));
        if (!isWanted(offer.get(), OptionalLong.empty())) {
            return Decision.LEAVE;
        }
        if (packages.holds(announced.latest(), announced.size(), announced.digest())) {
            ready(announced);
            return Decision.LEAVE;
        }
        receive(announced);
        return Decision.RECEIVE;
    }

    private void requireAsOffered(PackageResponse announced) {
        Offer accepted = offer.orElseThrow();
        long size = accepted.content().orElseThrow().size();
        long offset = heldOf(announced.digest());
        boolean isAsOffered = announced.latest().equals(accepted.name())
                && announced.size() == size
                && announced.offset() == offset
                && announced.length() == size - offset;
        if (!isAsOffered) {
            throw new OtaException(
                    ErrorCode.UNEXPECTED_MESSAGE,
                    "the server announces '%s', offered were %d bytes of %s, asked for those from %d on"
                            .formatted(LogText.ofPeer(announced.toString()), size, accepted.name(), offset));
        }
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

    /** Returns what was made of the offer; empty when nothing was offered. */
    Optional<Verdict> verdict() {
        return verdict;
    }

    /** Returns what the visit came to when there is nothing to install. */
    Outcome outcome() {
        return new Outcome(result, installed, offer, verdict);
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
    private boolean isWanted(Offer offered, OptionalLong serverNow) {
        Verdict judged = trust.judge(offered, installed, serverNow);
        verdict = Optional.of(judged);
        judged.throwIfRefused();
        trust.remember(judged, serverNow);
        if (judged.answer() == Verdict.Answer.SAME) {
            result = Outcome.Result.UP_TO_DATE;
            return false;
        }
        PackageName latest = offered.name();
        if (confirmed.filter(latest::equals).isPresent()) {
            return true;
        }
        result = Outcome.Result.DECLINED;
        boolean accepted = confirmation.accept(installed, latest);
        confirmed = Optional.of(latest).filter(name -> accepted);
        return accepted;
    }
}
