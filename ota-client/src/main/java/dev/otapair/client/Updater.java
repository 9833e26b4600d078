package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.AfterProcess;
import dev.otapair.client.progress.Progress;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.TrustedTime;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.session.Connector;
import dev.otapair.client.session.Credentials;
import dev.otapair.client.store.AttemptFile;
import dev.otapair.client.store.Attempts;
import dev.otapair.client.store.BoardIdentity;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.RunLock;
import dev.otapair.client.store.ServerPin;
import dev.otapair.client.store.StateFile;
import dev.otapair.client.store.TokenKeyCache;
import dev.otapair.client.store.TrustFile;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of the client on a board: ask, fetch, verify, install, record. Used by one thread, once. */
public final class Updater {
    private static final Logger LOG = LoggerFactory.getLogger(Updater.class);

    private final ClientConfig config;
    private final Map<String, String> environment;
    private final Interruption interruption;
    private final Clock clock;
    private final DurableFiles files = new DurableFiles();
    private final StateFile state;
    private final ServerPin pin;
    private final PackageFolder packages;
    private final Trial trial;

    /**
     * @param environment of this process, for the script
     * @param interruption told when the run has to end early
     * @param clock of this board; may be years off
     */
    public Updater(ClientConfig config, Map<String, String> environment, Interruption interruption, Clock clock) {
        this.config = config;
        this.environment = environment;
        this.interruption = interruption;
        this.clock = clock;
        this.state = new StateFile(config.stateFolder(), files);
        this.pin = new ServerPin(config.stateFolder(), config.secret(), files);
        this.packages = new PackageFolder(config.packages(), config.maxPackageSize(), files);
        this.trial = new Trial(new AttemptFile(config.stateFolder(), files), Uptime::now);
    }

    /** Returns what is installed, without asking anybody. */
    public InstalledRelease installed() {
        return state.read(config.seed());
    }

    /**
     * Returns what this board trusts and remembers, without asking anybody.
     *
     * @throws OtaException CONFIG_INVALID if its keys cannot be used
     */
    public BoardTrust trust() {
        return BoardTrust.open(
                config.product(),
                config.trust(),
                new TrustFile(config.stateFolder(), files),
                new TrustedTime(clock, BuildTime::read));
    }

    /**
     * Asks the server what it offers. Fetches nothing and installs nothing.
     *
     * @throws OtaException if the server cannot be asked
     */
    public Outcome check() {
        CheckVisit visit = new CheckVisit(config.product(), installed(), warned(trust()), trial);
        Connector connector = connector();
        Rota rota = new Rota(config.servers());
        while (true) {
            try {
                connector.hold(rota.current(), visit);
                if (rota.size() > 1) {
                    // As update does: the next server may have a better one.
                    visit.outcome().verdict().ifPresent(Verdict::throwIfRefused);
                }
                return visit.outcome();
            } catch (OtaException e) {
                rota.strike(e);
            }
        }
    }

    /**
     * Forgets that the server has proved itself.
     *
     * @return whether it was known to have
     */
    public boolean forgetServer() {
        return pin.clear();
    }

    /**
     * Forgets that a release has failed here.
     *
     * @return whether one had
     * @throws OtaException CANNOT_WRITE
     */
    public boolean retry() {
        return trial.forget();
    }

    /** Returns what became of the release that was tried last, without asking anybody; empty if there is nothing to tell. */
    public Optional<Attempts> attempts() {
        return trial.known();
    }

    /** Returns how long until a release that was tried is tried again. */
    public Duration untilNextTry(Attempts attempts) {
        return trial.left(attempts);
    }

    /**
     * Brings the board to what the server offers.
     *
     * @param confirmation asked before anything is fetched
     * @param progress shows the download
     * @throws OtaException if it could not; then what was installed before is what is recorded
     */
    public Outcome update(Confirmation confirmation, Progress.Factory progress) {
        return alone(() -> updateLocked(confirmation, progress));
    }

    /**
     * Brings the board to a package that somebody carried here; asks no server.
     *
     * @param file with metadata and signatures beside it
     * @param allowDowngrade whether it may be older than what is installed; never below the floor
     * @param progress shows the copy
     * @throws OtaException if it could not; then what was installed before is what is recorded
     */
    public Outcome install(Path file, boolean allowDowngrade, Progress.Factory progress) {
        return alone(() -> installLocked(file, allowDowngrade, progress));
    }

    /**
     * Takes the board to another counter and floor, down as well; for somebody at the console.
     *
     * @param release 0 to {@link dev.otapair.protocol.message.Request.Standing#MAX_RELEASE}
     * @throws OtaException CANNOT_WRITE
     */
    public Outcome resetFloor(long release) {
        return alone(() -> {
            InstalledRelease now = installed().as(release);
            trust().resetFloor(release);
            state.write(now);
            return Outcome.withoutOffer(Outcome.Result.UPDATED, now);
        });
    }

    private Outcome alone(Supplier<Outcome> work) {
        prepareState();
        Optional<RunLock> lock = RunLock.tryTake(config.stateFolder());
        if (lock.isEmpty()) {
            LOG.info("Another run is at work on this board; nothing to do here");
            return Outcome.withoutOffer(Outcome.Result.ALREADY_RUNNING, installed());
        }
        try {
            tidyState();
            state.repair();
            state.adopt(config.seed());
            return work.get();
        } finally {
            lock.get().close();
        }
    }

    private Outcome updateLocked(Confirmation confirmation, Progress.Factory progress) {
        BoardTrust trust = trustForGood();
        Installer installer = installer(trust);
        InstalledRelease before = installed();
        try (UpdateVisit visit =
                new UpdateVisit(config.product(), before, trust, trial, packages, confirmation, progress)) {
            Optional<PackageResponse> fetched = fetch(visit);
            Outcome seen = visit.outcome();
            if (fetched.isPresent()) {
                return seen.updatedTo(
                        installer.install(fetched.get(), seen.verdict().orElseThrow(), before));
            }
            return seen.verdict()
                    .map(verdict -> seen.with(installer.adopt(verdict, before)))
                    .orElse(seen);
        }
    }

    /** What comes with a wrong digest is fetched again, once, from the next server if there is one. */
    private Optional<PackageResponse> fetch(UpdateVisit visit) {
        Rota rota = new Rota(config.servers());
        Perseverance perseverance = new Perseverance(config.minRate(), config.retries() + rota.size() - 1);
        try {
            return fetchOnce(visit, rota, perseverance);
        } catch (OtaException e) {
            if (e.code() != ErrorCode.DIGEST_MISMATCH) {
                throw e;
            }
            LOG.warn("{}; fetching it again", e.getMessage());
            rota.next();
            return fetchOnce(visit, rota, perseverance);
        }
    }

    private Optional<PackageResponse> fetchOnce(UpdateVisit visit, Rota rota, Perseverance perseverance) {
        long before = visit.cameOver();
        Duration lostBefore = perseverance.lost();
        try {
            holdToTheEnd(visit, rota, perseverance);
            return visit.finish();
        } catch (OtaException e) {
            PackageResponse sought = visit.sought().orElseThrow(() -> e);
            if (e.code() == ErrorCode.DIGEST_MISMATCH && !visit.beganWithRemains()) {
                trial.contentFailed(sought.digest());
            }
            Duration lost = perseverance.lost().minus(lostBefore);
            if (visit.cameOver() > before || !lost.isZero()) {
                trial.endedWithout(sought, visit.cameOver() - before, lost);
            }
            throw e;
        }
    }

    private Outcome installLocked(Path file, boolean allowDowngrade, Progress.Factory progress) {
        BoardTrust trust = trustForGood();
        Installer installer = installer(trust);
        InstalledRelease before = installed();
        CarriedPackage carried = CarriedPackage.of(file);
        Offer offer = trust.requiresSignatures() ? carried.offer() : carried.offerOfContent();
        Verdict verdict = trust.judgeByHand(offer, before, allowDowngrade);
        verdict.throwIfRefused();
        trust.remember(verdict, OptionalLong.empty());
        Content content = verdict.verified()
                .map(ReleaseMetadata::content)
                .or(offer::content)
                .orElseThrow();
        Outcome seen = new Outcome(
                Outcome.Result.UP_TO_DATE,
                before,
                Optional.of(new Offer(offer.name(), Optional.of(content), offer.signed())),
                Optional.of(verdict),
                Optional.empty());
        if (verdict.answer() == Verdict.Answer.SAME) {
            return seen.with(installer.adopt(verdict, before));
        }
        PackageResponse whole = PackageResponse.whole(carried.name(), content.size(), content.sha256());
        carried.copyTo(packages, whole, progress, interruption);
        return seen.updatedTo(installer.install(whole, verdict, before));
    }

    private static BoardTrust warned(BoardTrust trust) {
        trust.warnIfUnsigned();
        return trust;
    }

    /** Before anybody is asked: a key that was here once is not forgotten because nothing came of the runs in between. */
    private BoardTrust trustForGood() {
        BoardTrust trust = warned(trust());
        trust.rememberKeys();
        return trust;
    }

    private Installer installer(BoardTrust trust) {
        Optional<AfterProcess> script = AfterProcess.of(config, environment, interruption);
        packages.prepare();
        return new Installer(packages, state, trust, trial, script);
    }

    /** Makes a connection that broke good by another, to this server or the next, as long as that is worth it. */
    private void holdToTheEnd(UpdateVisit visit, Rota rota, Perseverance perseverance) {
        Connector connector = connector();
        while (true) {
            long before = visit.cameOver();
            visit.connecting();
            try {
                connector.hold(rota.current(), visit);
                return;
            } catch (OtaException e) {
                if (!Perseverance.isCurable(e)) {
                    rota.strike(e);
                    continue;
                }
                long brought = visit.canResume() ? visit.cameOver() - before : 0;
                if (!perseverance.goesOn(e, brought, visit.receiving()) || !isAffordable(visit)) {
                    throw e;
                }
                rota.next();
                Duration pause = perseverance.pause(e);
                String where = visit.received() == 0 ? "" : ", from byte %d on".formatted(visit.received());
                LOG.warn("{}; asking {} in {} ms{}", e.getMessage(), rota.current(), pause.toMillis(), where);
                interruption.pause(pause);
            }
        }
    }

    private boolean isAffordable(UpdateVisit visit) {
        return visit.sought()
                .map(whole -> trial.allows(whole, visit.cameOver()))
                .orElse(true);
    }

    private Connector connector() {
        DeviceId device = config.device().orElseGet(() -> BoardIdentity.of(config.stateFolder(), files));
        Credentials credentials = new Credentials(
                device,
                config.secret(),
                new TokenKeyCache(config.stateFolder(), files)::of,
                new PinnedTrust(config, pin));
        return new Connector(config, credentials, interruption);
    }

    private void tidyState() {
        try {
            files.tidy(config.stateFolder());
        } catch (IOException e) {
            throw unwritableState(e);
        }
    }

    private void prepareState() {
        try {
            files.ensureWritableFolder(config.stateFolder());
        } catch (IOException e) {
            throw unwritableState(e);
        }
    }

    private OtaException unwritableState(IOException cause) {
        return new OtaException(
                ErrorCode.CANNOT_WRITE,
                "state_dir: %s cannot be written: %s".formatted(config.stateFolder(), cause),
                cause);
    }
}
