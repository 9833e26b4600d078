package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.config.ServerAddress;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.Hooks;
import dev.otapair.client.progress.Progress;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.TrustedTime;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.session.Connector;
import dev.otapair.client.session.Credentials;
import dev.otapair.client.store.Answer;
import dev.otapair.client.store.AttemptFile;
import dev.otapair.client.store.Attempts;
import dev.otapair.client.store.BoardIdentity;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.RunLock;
import dev.otapair.client.store.ServerPin;
import dev.otapair.client.store.Staged;
import dev.otapair.client.store.TokenKeyCache;
import dev.otapair.client.store.TrustFile;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of the client on a board: ask, fetch, verify, install, record. Used by one thread, once. */
public final class Updater {
    private static final Logger LOG = LoggerFactory.getLogger(Updater.class);

    /** How an installation can end without being one, and without anything being left to do. */
    private static final Set<ErrorCode> OVER = Set.of(
            ErrorCode.ROLLED_BACK,
            ErrorCode.QUARANTINED,
            ErrorCode.SCRIPT_FAILED,
            ErrorCode.SCRIPT_DEFERRED,
            ErrorCode.PACKAGE_REJECTED);

    /** What was told when it was found out, and is no news of the release. */
    private static final Set<ErrorCode> TOLD = Set.of(ErrorCode.QUARANTINED, ErrorCode.TOO_EARLY);

    /** What no other try cures before somebody looks after the board. */
    private static final Set<ErrorCode> FULL =
            Set.of(ErrorCode.CANNOT_WRITE, ErrorCode.IO_ERROR, ErrorCode.DIGEST_MISMATCH);

    /** When the application's word counts. */
    private static final Set<Journal.Step> PROVING = Set.of(Journal.Step.RUNNING, Journal.Step.PROBATION);

    /** A report that takes longer is told with the next question. */
    private static final Duration REPORT_PATIENCE = Duration.ofSeconds(5);

    /** More than a run writes to the state folder at a time. */
    private static final int STATE_BYTES = 16 * 1024;

    private final ClientConfig config;
    private final Map<String, String> environment;
    private final Interruption interruption;
    private final Clock clock;
    private final DurableFiles files = new DurableFiles();
    private final BoardStore store;
    private final ServerPin pin;
    private final Trial trial;
    private Optional<Duration> nextPoll = Optional.empty();

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
        this.store = BoardStore.of(config, files);
        this.pin = new ServerPin(config.stateFolder(), config.secret(), files);
        this.trial = new Trial(new AttemptFile(config.stateFolder(), files), store.quarantine(), Uptime::now);
    }

    /** Returns what is installed, without asking anybody. */
    public InstalledRelease installed() {
        return store.running(config.seed());
    }

    /**
     * Returns what this board trusts and remembers, without asking anybody.
     *
     * @throws OtaException CONFIG_INVALID if its keys cannot be used
     */
    public BoardTrust trust() {
        return BoardTrust.open(config.product(), config.trust(), trustFile(), new TrustedTime(clock, BuildTime::read));
    }

    /**
     * Asks the server what it offers. Fetches nothing and installs nothing.
     *
     * @throws OtaException if the server cannot be asked
     */
    public Outcome check() {
        CheckVisit visit = new CheckVisit(
                config.product(),
                installed(),
                warned(trust()),
                trial,
                store.report().read());
        Connector connector = connector(config);
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
     * Forgets that releases have failed here, or were taken back.
     *
     * @return whether any had
     * @throws OtaException CANNOT_WRITE
     */
    public boolean retry() {
        return trial.lift();
    }

    /** Returns what became of the release that was tried last, without asking anybody; empty if there is nothing to tell. */
    public Optional<Attempts> attempts() {
        return trial.known();
    }

    /** Returns when the server that was asked last would like to be asked again, if it said so, though the run may have failed. */
    public Optional<Duration> nextPoll() {
        return nextPoll;
    }

    /** Returns the installation that has not come to its end; empty if there is none. */
    public Optional<Journal.Entry> open() {
        return store.journal().read();
    }

    /** Returns the package that waits to be installed; empty if none does. */
    public Optional<PackageResponse> waiting() {
        return store.staged().read().map(Staged.Entry::whole);
    }

    /** Returns the releases that were taken back here, the last one first. */
    public List<Deployment> quarantined() {
        return store.quarantine().read();
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
        return alone(() -> updateLocked(confirmation, progress, false));
    }

    /**
     * Fetches what the server offers, to be installed later: by {@link #installStaged}, or by an update in its time.
     *
     * @throws OtaException as for {@link #update}
     */
    public Outcome download(Progress.Factory progress) {
        return alone(() -> updateLocked(Confirmation.ALWAYS, progress, true));
    }

    /**
     * Installs what was fetched, now; asks no server.
     *
     * @throws OtaException if it could not, or if nothing waits (PACKAGE_UNAVAILABLE)
     */
    public Outcome installStaged() {
        return alone(() -> {
            Tools tools = tools(trustForGood());
            Recovery recovery = recover(tools.installer());
            if (recovery.isAny() && store.staged().read().isEmpty()) {
                return recovery.insteadOf(Outcome.withoutOffer(Outcome.Result.UP_TO_DATE, installed()));
            }
            Staging.Due due = tools.staging().now(installed());
            if (due.verdict().answer() == Verdict.Answer.SAME) {
                tools.staging().forget();
                return Outcome.withoutOffer(Outcome.Result.UP_TO_DATE, installed());
            }
            return Outcome.withoutOffer(
                    Outcome.Result.UPDATED, tools.installer().install(due.whole(), due.verdict()));
        });
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
            store.history().rename(now);
            store.state().write(now);
            return Outcome.withoutOffer(Outcome.Result.UPDATED, now);
        });
    }

    /**
     * Goes back to the release before; for somebody at the console.
     *
     * @throws OtaException IO_ERROR if there is none here
     */
    public Outcome rollBack() {
        return alone(() -> Outcome.withoutOffer(
                Outcome.Result.ROLLED_BACK, tools(trust()).installer().rollBack()));
    }

    /**
     * Says for the application that the release which is proving itself works, or does not. A run that waits for it takes it from
     * there; where none is at work, the installation is brought to its end here.
     *
     * @return empty when no release is proving itself
     * @throws OtaException what that ended with, but for ROLLED_BACK after a rejection
     */
    public Optional<Outcome> answer(Answer.Word word) {
        prepareState();
        Optional<Journal.Entry> waiting = store.journal().read().filter(entry -> PROVING.contains(entry.step()));
        waiting.ifPresent(entry -> store.answer().write(word, entry.next()));
        return waiting.map(entry -> alone(() -> answered(word)));
    }

    private Outcome answered(Answer.Word word) {
        try {
            tools(trust()).installer().recover();
            return Outcome.withoutOffer(Outcome.Result.UPDATED, installed());
        } catch (OtaException e) {
            if (e.code() != ErrorCode.ROLLED_BACK || word == Answer.Word.CONFIRM) {
                throw e;
            }
            LOG.warn("{}", e.getMessage());
            return Outcome.withoutOffer(Outcome.Result.ROLLED_BACK, installed());
        }
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
            store.state().repair();
            trustFile().repair();
            store.state().adopt(config.seed());
            store.followLink();
            return work.get();
        } finally {
            lock.get().close();
        }
    }

    private Outcome updateLocked(Confirmation confirmation, Progress.Factory progress, boolean isOnlyFetched) {
        Tools tools = tools(trustForGood());
        Recovery recovery = recover(tools.installer());
        InstalledRelease before = installed();
        try (UpdateVisit visit = new UpdateVisit(
                config.product(),
                before,
                tools.trust(),
                trial,
                store.packages(),
                store.report().read(),
                confirmation,
                new FetchGate(store, tools.hooks().preDownload(), tools.herald()),
                progress)) {
            Optional<PackageResponse> fetched;
            try {
                fetched = fetch(visit, tools);
            } catch (OtaException e) {
                return staged(tools, visit, e, isOnlyFetched);
            }
            return recovery.insteadOf(settle(tools, visit.outcome(), fetched, isOnlyFetched));
        }
    }

    /** What a server offers is installed or waits; where it offers nothing new, nothing that waited is to be installed any more. */
    private Outcome settle(Tools tools, Outcome seen, Optional<PackageResponse> fetched, boolean isOnlyFetched) {
        if (fetched.isEmpty()) {
            tools.staging().forget();
            return seen.verdict()
                    .map(verdict -> seen.with(tools.installer().adopt(verdict, seen.installed())))
                    .orElse(seen);
        }
        Verdict verdict = seen.verdict().orElseThrow();
        Optional<SignedMetadata> signed = seen.offered().flatMap(Offer::signed);
        return tools.staging().holdsBack(fetched.get(), signed, verdict, isOnlyFetched)
                ? seen.staged()
                : seen.updatedTo(tools.installer().install(fetched.get(), verdict));
    }

    /** Where no server could be asked, what has come before is installed when its time has come. */
    private Outcome staged(Tools tools, UpdateVisit visit, OtaException failure, boolean isOnlyFetched) {
        if (visit.isAnswered() || !Perseverance.isCurable(failure) || isOnlyFetched) {
            visit.about().ifPresent(offered -> tools.staging().forgetOthersThan(offered));
            throw failure;
        }
        Staging.Due due = tools.staging().due(installed()).orElseThrow(() -> failure);
        return Outcome.withoutOffer(Outcome.Result.UPDATED, tools.installer().install(due.whole(), due.verdict()));
    }

    /** Fetches what is on offer, and tells how far that has come. */
    private Optional<PackageResponse> fetch(UpdateVisit visit, Tools tools) {
        Herald herald = tools.herald();
        Fetcher fetcher = new Fetcher(config, connector(config), trial, interruption);
        try {
            Optional<PackageResponse> fetched = fetcher.fetch(visit);
            herald.tellsAtOnce(Optional.of(fetcher.server()).filter(server -> visit.isOfVersionTwo()));
            if (fetched.isEmpty() && visit.outcome().result() == Outcome.Result.DECLINED) {
                visit.about().ifPresent(next -> herald.note(BoardState.OFFERED, next, Optional.empty()));
            }
            return fetched;
        } catch (OtaException e) {
            visit.about()
                    .filter(next -> !TOLD.contains(e.code()))
                    .ifPresent(next -> herald.note(stateAfter(e, visit), next, Optional.of(e)));
            throw e;
        } finally {
            nextPoll = visit.outcome().nextPoll();
        }
    }

    /** What another try may cure leaves the release where it was; the rest is a failure, with its code. */
    private static BoardState stateAfter(OtaException failure, UpdateVisit visit) {
        boolean isOurs = FULL.contains(failure.code());
        if (isOurs || !failure.code().isRetryable()) {
            return BoardState.FAILED;
        }
        return visit.sought().isPresent() ? BoardState.DOWNLOADING : BoardState.OFFERED;
    }

    /**
     * What the recovery of an earlier run came to.
     *
     * @param finished whether a release was brought to its good end
     * @param failure what was given up, or taken back
     */
    private record Recovery(boolean finished, Optional<OtaException> failure) {
        boolean isAny() {
            return finished || failure.isPresent();
        }

        /** Where the run itself found nothing to do, that is what it came to. */
        Outcome insteadOf(Outcome outcome) {
            boolean isIdle =
                    outcome.result() == Outcome.Result.UP_TO_DATE || outcome.result() == Outcome.Result.NOTHING_OFFERED;
            if (isIdle && failure.isPresent()) {
                throw failure.get();
            }
            return isIdle && finished ? outcome.updatedTo(outcome.installed()) : outcome;
        }
    }

    /** What was interrupted needs no room; what comes next does. A release that failed is no reason not to ask for a better one. */
    private Recovery recover(Installer installer) {
        Recovery recovery;
        try {
            recovery = new Recovery(installer.recover().isPresent(), Optional.empty());
        } catch (OtaException e) {
            if (!OVER.contains(e.code())) {
                throw e;
            }
            LOG.error("{}", e.getMessage());
            recovery = new Recovery(false, Optional.of(e));
        }
        config.install().requirePrograms();
        requireRoomForState();
        store.packages().prepare(installed().name());
        return recovery;
    }

    /**
     * Brings to its end what an earlier run or start of the board could not; asks no server.
     *
     * @throws OtaException as for {@link #update}
     */
    public Outcome recover() {
        return alone(() -> {
            Optional<Recovery> recovery =
                    open().map(entry -> recover(tools(trustForGood()).installer()));
            Outcome idle = Outcome.withoutOffer(Outcome.Result.UP_TO_DATE, installed());
            return recovery.map(found -> found.insteadOf(idle)).orElse(idle);
        });
    }

    private Outcome installLocked(Path file, boolean allowDowngrade, Progress.Factory progress) {
        BoardTrust trust = trustForGood();
        Installer installer = tools(trust).installer();
        recover(installer);
        InstalledRelease before = installed();
        CarriedPackage carried = CarriedPackage.of(file);
        Offer offer = trust.requiresSignatures() ? carried.offer() : carried.offerOfContent();
        Verdict verdict = trust.judgeByHand(offer, before, allowDowngrade);
        verdict.throwIfRefused();
        Content content = verdict.verified()
                .map(ReleaseMetadata::content)
                .or(offer::content)
                .orElseThrow();
        PackageResponse whole = PackageResponse.whole(carried.name(), content.size(), content.sha256());
        trial.judge(verdict, Optional.of(whole)).throwIfRefused();
        trust.remember(verdict, OptionalLong.empty());
        Outcome seen = new Outcome(
                Outcome.Result.UP_TO_DATE,
                before,
                Optional.of(new Offer(offer.name(), Optional.of(content), offer.signed())),
                Optional.of(verdict),
                Optional.empty());
        if (verdict.answer() == Verdict.Answer.SAME) {
            return seen.with(installer.adopt(verdict, before));
        }
        carried.copyTo(store.packages(), whole, progress, interruption);
        return seen.updatedTo(installer.install(whole, verdict));
    }

    /** Before anybody is asked: a key that was here once is not forgotten because nothing came of the runs in between. */
    private BoardTrust trustForGood() {
        BoardTrust trust = warned(trust());
        trust.rememberKeys();
        return trust;
    }

    private static BoardTrust warned(BoardTrust trust) {
        trust.warnIfUnsigned();
        return trust;
    }

    /** What a run works with. */
    private record Tools(BoardTrust trust, Hooks hooks, Herald herald, Installer installer, Staging staging) {}

    private Tools tools(BoardTrust trust) {
        Hooks hooks = Hooks.of(config, environment, interruption);
        Herald herald = new Herald(store.report(), hooks.onEvent(), server -> report(trust, server));
        Probation probation =
                new Probation(config.install().health(), hooks, store.answer(), interruption, System::nanoTime);
        Installer installer = new Installer(
                store, trust, trial, hooks, probation, config.install(), herald, interruption, Uptime::now);
        Deferral deferral = new Deferral(config.timing(), hooks.hold(), clock);
        Staging staging = new Staging(
                store, trust, trial, deferral, herald, config.install().unpack(), Uptime::now);
        return new Tools(trust, hooks, herald, installer, staging);
    }

    private void report(BoardTrust trust, ServerAddress server) {
        InstalledRelease now = installed();
        Board board = new Board(
                config.product(),
                now.name(),
                Optional.of(trust.standing(now)),
                store.report().read());
        connector(config.hurried(REPORT_PATIENCE)).hold(server, new ReportVisit(board));
    }

    private Connector connector(ClientConfig settings) {
        DeviceId device = config.device().orElseGet(() -> BoardIdentity.of(config.stateFolder(), files));
        Credentials credentials = new Credentials(
                device,
                config.secret(),
                new TokenKeyCache(config.stateFolder(), files)::of,
                new PinnedTrust(config, pin));
        return new Connector(settings, credentials, interruption);
    }

    private TrustFile trustFile() {
        return new TrustFile(config.stateFolder(), files);
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

    /** A full disk still makes empty files. */
    private void requireRoomForState() {
        try {
            files.requireRoom(config.stateFolder(), STATE_BYTES);
        } catch (IOException e) {
            throw unwritableState(e);
        }
    }

    private OtaException unwritableState(IOException cause) {
        return new OtaException(
                ErrorCode.CANNOT_WRITE,
                "state_dir: %s cannot be written: %s".formatted(config.stateFolder(), FileFault.why(cause)),
                cause);
    }
}
