package dev.otapair.client;

import dev.otapair.client.progress.Progress;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.session.Visit;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogText;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;

/**
 * Fetches what is on offer, unless it is installed, declined or here already: what is missing of it, where that can be had, else all
 * of it. Survives the connection it began on: held again, it asks for what is still missing.
 */
final class UpdateVisit implements Visit, AutoCloseable {
    private static final Logger LOG = Loggers.of(UpdateVisit.class);

    private final Product product;
    private final InstalledRelease installed;
    private final BoardTrust trust;
    private final Trial trial;
    private final Holdings holdings;
    private final Increment increment;
    private final Optional<Report> report;
    private final Confirmation confirmation;
    private final FetchGate gate;
    private final Progress.Factory progressFactory;

    private boolean isAnswered;
    private Optional<Offer> offer = Optional.empty();
    private Optional<Verdict> verdict = Optional.empty();
    private Optional<Duration> nextPoll = Optional.empty();
    private Outcome.Result result = Outcome.Result.NOTHING_OFFERED;
    private Optional<PackageName> confirmed = Optional.empty();
    private Optional<PackageResponse> fetched = Optional.empty();
    private Optional<PackageResponse> sought = Optional.empty();
    private long cameOver;
    private boolean isPlanned;
    private boolean goesOn;
    private Optional<Progress> progress = Optional.empty();

    UpdateVisit(
            Product product,
            InstalledRelease installed,
            BoardTrust trust,
            Trial trial,
            PackageFolder packages,
            Increment increment,
            Optional<Report> report,
            Confirmation confirmation,
            FetchGate gate,
            Progress.Factory progressFactory) {
        this.product = product;
        this.installed = installed;
        this.trust = trust;
        this.trial = trial;
        this.holdings = new Holdings(packages, increment::isBuilt);
        this.increment = increment;
        this.report = report;
        this.confirmation = confirmation;
        this.gate = gate;
        this.progressFactory = progressFactory;
    }

    @Override
    public Board board() {
        return new Board(product, installed.name(), Optional.of(trust.standing(installed)), report);
    }

    @Override
    public boolean offered(HeaderResponse header) {
        isAnswered = true;
        offer = header.offer();
        nextPoll = header.nextPoll();
        verdict = Optional.empty();
        fetched = Optional.empty();
        isPlanned = false;
        if (offer.isEmpty()) {
            result = Outcome.Result.NOTHING_OFFERED;
            return false;
        }
        if (!isWanted(offer.get(), header.now()) || isHere(offer.get())) {
            return false;
        }
        offer.flatMap(Offer::whole).ifPresent(gate::require);
        return true;
    }

    @Override
    public Optional<Request> wanted(Set<Feature> features) {
        Optional<PackageResponse> whole = offer.flatMap(Offer::whole);
        if (whole.isEmpty()) {
            return Optional.of(new PackageRequest(Optional.empty()));
        }
        Digest sha256 = whole.get().digest();
        if (features.contains(Feature.PLAN) && holdings.bytesOf(sha256) == 0 && increment.isOpen()) {
            holdings.requireRoom(whole.get(), whole.get().size());
            return Optional.of(increment.request());
        }
        if (holdings.bytesOf(sha256) == 0) {
            // A file that is open keeps its room though it is removed.
            closeAll();
        }
        holdings.requireRoom(whole.get(), holdings.bytesOf(sha256));
        return Optional.of(new PackageRequest(Optional.of(new Range(product, sha256, holdings.bytesOf(sha256)))));
    }

    @Override
    public Decision planned(PlanResponse announced) {
        Decision decision = increment.planned(announced);
        isPlanned = decision != Decision.ASK_AGAIN;
        if (decision == Decision.RECEIVE) {
            PackageResponse whole = offer.flatMap(Offer::whole).orElseThrow();
            sought = Optional.of(whole);
            gate.passed(about().orElseThrow());
            LOG.info(
                    "{} {}: {} of {} bytes, {} files",
                    announced.offset() > 0 ? "Going on with what is missing of" : "Fetching what is missing of",
                    whole.latest(),
                    announced.size() - announced.offset(),
                    whole.size(),
                    announced.change());
            beginProgress(whole.latest(), announced.size(), announced.offset());
        }
        return decision;
    }

    @Override
    public boolean unplanned(boolean isComing) {
        if (!isComing) {
            increment.giveUp("the server has no plan");
        }
        return !isComing;
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
        trial.judge(verdict.orElseThrow(), Optional.of(announced)).throwIfRefused();
        trial.requireTime(announced.digest());
        if (holdings.hold(announced)) {
            ready(announced);
            return Decision.LEAVE;
        }
        gate.require(announced);
        receive(announced);
        return Decision.RECEIVE;
    }

    private void requireAsOffered(PackageResponse announced) {
        Offer accepted = offer.orElseThrow();
        long size = accepted.content().orElseThrow().size();
        long offset = holdings.bytesOf(announced.digest());
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
    public boolean payload(ByteBuffer bytes) {
        int count = bytes.remaining();
        cameOver += count;
        if (isPlanned) {
            long before = increment.received();
            boolean wantsMore = increment.payload(bytes);
            progress.orElseThrow().advance(increment.received() - before);
            return wantsMore;
        }
        holdings.append(bytes);
        progress.orElseThrow().advance(count);
        return true;
    }

    /** Says whether a connection that broke can be made good by another one: something is here, and can go on. */
    boolean canResume() {
        return isPlanned ? increment.canResume() : holdings.canResume();
    }

    /** Returns how many bytes are here. */
    long received() {
        return isPlanned ? increment.received() : holdings.received();
    }

    /** Says whether some of what is fetched was here before: a crash may have made it wrong, which is no fault of the release. */
    boolean beganWithRemains() {
        return holdings.beganWithRemains();
    }

    /** Returns how many bytes came over the line, those that came to nothing included. */
    long cameOver() {
        return cameOver;
    }

    /** Returns the package that is being fetched, or was fetched last; empty if none was. */
    Optional<PackageResponse> sought() {
        return sought;
    }

    /**
     * Verifies what came and gives it its final name; to be called when the visit is over. What is wrong is gone then, and the visit
     * can begin anew.
     *
     * @return what is ready to be installed; empty when there is nothing to install
     * @throws OtaException DIGEST_MISMATCH, CANNOT_WRITE
     */
    Optional<PackageResponse> finish() {
        goesOn = false;
        try {
            if (isPlanned) {
                built();
            } else {
                fetched.ifPresent(holdings::finish);
            }
            return fetched;
        } finally {
            closeAll();
        }
    }

    /** What does not come out as it should is asked for in another way, in the same run. */
    private void built() {
        boolean isBuilt = increment.build();
        goesOn = !isBuilt;
        isPlanned = isBuilt;
        fetched = offer.flatMap(Offer::whole).filter(whole -> isBuilt);
    }

    /**
     * A connection has failed in a way that another one does not cure.
     *
     * @return whether something else can be asked for in place of what was
     */
    boolean goesOnAfter(OtaException failure) {
        return increment.failed(failure);
    }

    /** Says whether a server that is busy makes what is missing of the offer, and is worth some time. */
    boolean isWorthWaiting() {
        return increment.isWorthWaiting();
    }

    /** Says whether what {@link #finish} saw calls for another connection. */
    boolean goesOn() {
        return goesOn;
    }

    /** Says whether a server was talked to that takes reports: of v2, with an offer. */
    boolean isOfVersionTwo() {
        return offer.flatMap(Offer::content).isPresent();
    }

    /** Says whether a server has said what it offers, if anything. */
    boolean isAnswered() {
        return isAnswered;
    }

    /** Returns the release that is on offer, as far as somebody trusted says so; empty if none is. */
    Optional<InstalledRelease> about() {
        return offer.map(offered -> verdict.flatMap(Verdict::verified)
                .map(InstalledRelease::of)
                .orElseGet(() -> InstalledRelease.seeded(Optional.of(offered.name()))));
    }

    /** Returns what the visit came to when there is nothing to install. */
    Outcome outcome() {
        Outcome seen = new Outcome(result, installed, offer, verdict, nextPoll);
        return fetched.isEmpty() || cameOver == 0
                ? seen
                : seen.travelling(new Outcome.Travel(cameOver, fetched.get().size(), increment.change()));
    }

    @Override
    public void close() {
        closeAll();
        increment.close();
    }

    private void closeAll() {
        progress.ifPresent(Progress::close);
        progress = Optional.empty();
        holdings.close();
    }

    private void receive(PackageResponse announced) {
        if (holdings.bytesOf(announced.digest()) == 0) {
            open(announced);
        }
        gate.passed(about().orElseThrow());
        String verb = announced.offset() > 0 ? "Going on with" : "Fetching";
        LOG.info("{} {}, {} of {} bytes", verb, announced.latest(), announced.length(), announced.size());
        isPlanned = false;
        beginProgress(announced.latest(), announced.size(), announced.offset());
        fetched = Optional.of(announced);
    }

    private void beginProgress(PackageName name, long size, long here) {
        if (progress.isEmpty()) {
            progress = Optional.of(progressFactory.begin(name.value(), size));
            progress.get().advance(here);
        }
    }

    private void open(PackageResponse whole) {
        closeAll();
        holdings.open(whole);
        sought = Optional.of(whole);
    }

    /** Looks what of the offer is here: all of it, in its place or still incomplete by name; or a part, to go on with. */
    private boolean isHere(Offer offered) {
        if (offered.whole().isEmpty()) {
            return false;
        }
        PackageResponse whole = offered.whole().get();
        if (holdings.hold(whole)) {
            ready(whole);
            return true;
        }
        if (holdings.hasRemainsOf(whole)) {
            open(whole);
        }
        boolean isWhole = holdings.hasAllBytesOf(whole);
        fetched = Optional.of(whole).filter(announced -> isWhole);
        if (isWhole) {
            return true;
        }
        increment.aim(offered, verdict.flatMap(Verdict::verified));
        isPlanned = increment.isWhole();
        sought = isPlanned ? Optional.of(whole) : sought;
        return isPlanned;
    }

    private void ready(PackageResponse whole) {
        LOG.info("{} is here already, whole and verified", whole.latest());
        dropPartials();
        sought = Optional.of(whole);
        fetched = Optional.of(whole);
    }

    /** Removes what is here of a package that is not whole. */
    void dropPartials() {
        closeAll();
        holdings.drop();
        increment.drop();
    }

    private void leave(Verdict.Answer answer) {
        if (answer == Verdict.Answer.SAME) {
            result = Outcome.Result.UP_TO_DATE;
            dropPartials();
        } else {
            result = Outcome.Result.UPDATE_AVAILABLE;
        }
    }

    /** Asks for confirmation once per name: a connection that is made good is no new question. */
    private boolean isWanted(Offer offered, OptionalLong serverNow) {
        Optional<Digest> content = offered.content().map(Content::sha256);
        Verdict judged = trial.judge(trust.judge(offered, installed, serverNow), offered.whole());
        verdict = Optional.of(judged);
        judged.throwIfRefused();
        trust.remember(judged, serverNow);
        if (judged.answer() != confirmation.sought()) {
            leave(judged.answer());
            return false;
        }
        content.ifPresent(trial::requireTime);
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
