package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.config.ServerAddress;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.Hooks;
import dev.otapair.client.progress.Progress;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.session.Connector;
import dev.otapair.client.store.Answer;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.SignedMetadata;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;

/** What one run does that has the board for itself. Used by one thread, once; the caller holds the run lock. */
final class BoardRun {
    private static final Logger LOG = Loggers.of(BoardRun.class);

    /** What was told when it was found out, and is no news of the release. */
    private static final Set<ErrorCode> TOLD = Set.of(ErrorCode.QUARANTINED, ErrorCode.TOO_EARLY);

    /** What no other try cures before somebody looks after the board. */
    private static final Set<ErrorCode> FULL =
            Set.of(ErrorCode.CANNOT_WRITE, ErrorCode.IO_ERROR, ErrorCode.DIGEST_MISMATCH);

    /** A report that takes longer is told with the next question. */
    private static final Duration REPORT_PATIENCE = Duration.ofSeconds(5);

    private final ClientConfig config;
    private final BoardStore store;
    private final BoardTrust trust;
    private final Trial trial;
    private final Hooks hooks;
    private final Function<ClientConfig, Connector> connectors;
    private final StateAccess stateAccess;
    private final Interruption interruption;
    private final Consumer<Optional<Duration>> nextPoll;
    private final Herald herald;
    private final Installer installer;
    private final Staging staging;

    /**
     * @param connectors makes the connections to servers
     * @param clock of this board; may be years off
     * @param nextPoll told when the server that was asked last would like to be asked again, however the run ends
     */
    BoardRun(
            ClientConfig config,
            BoardStore store,
            BoardTrust trust,
            Trial trial,
            Hooks hooks,
            Function<ClientConfig, Connector> connectors,
            StateAccess stateAccess,
            Interruption interruption,
            Clock clock,
            Consumer<Optional<Duration>> nextPoll) {
        this.config = config;
        this.store = store;
        this.trust = trust;
        this.trial = trial;
        this.hooks = hooks;
        this.connectors = connectors;
        this.stateAccess = stateAccess;
        this.interruption = interruption;
        this.nextPoll = nextPoll;
        this.herald = new Herald(store.report(), hooks.onEvent(), this::report);
        Probation probation =
                new Probation(config.install().health(), hooks, store.answer(), interruption, System::nanoTime);
        this.installer = new Installer(
                store,
                trust,
                trial,
                hooks,
                probation,
                config.install(),
                config.increments().revalidate(),
                herald,
                interruption,
                Uptime::now);
        Deferral deferral = new Deferral(config.timing(), hooks.hold(), clock, BuildTime::read);
        this.staging = new Staging(
                store,
                trust,
                trial,
                deferral,
                herald,
                config.install().unpack(),
                config.increments().revalidate(),
                Uptime::now,
                interruption::throwIfInterrupted);
    }

    /**
     * Brings the board to what the server offers.
     *
     * @param isOnlyFetched whether it is to be installed later
     */
    Outcome update(Confirmation confirmation, Progress.Factory progress, boolean isOnlyFetched) {
        Recovery recovery = recovered();
        requireFitness();
        InstalledRelease before = installed();
        try (UpdateVisit visit = new UpdateVisit(
                config.product(),
                before,
                trust,
                trial,
                store.packages(),
                new Increment(
                        config.product(),
                        new UpdateAims(
                                store,
                                config.increments(),
                                config.install().unpack(),
                                interruption::throwIfInterrupted),
                        store.pieces(),
                        store.plan()),
                store.report().read(),
                confirmation,
                new FetchGate(
                        store,
                        hooks.preDownload(),
                        next -> herald.note(BoardState.DOWNLOADING, next, Optional.empty())),
                progress)) {
            Optional<PackageResponse> fetched;
            try {
                fetched = fetch(visit);
            } catch (OtaException e) {
                return staged(visit, e, isOnlyFetched);
            }
            return recovery.insteadOf(settle(visit.outcome(), fetched, isOnlyFetched));
        }
    }

    /** Installs what was fetched, now. */
    Outcome installStaged() {
        Recovery recovery = recovered();
        requireFitness();
        if (recovery.isAny() && store.staged().read().isEmpty()) {
            return recovery.insteadOf(Outcome.withoutOffer(Outcome.Result.UP_TO_DATE, installed()));
        }
        Staging.Due due = staging.now(installed());
        if (due.verdict().answer() == Verdict.Answer.SAME) {
            staging.forget();
            return Outcome.withoutOffer(Outcome.Result.UP_TO_DATE, installed());
        }
        return Outcome.withoutOffer(Outcome.Result.UPDATED, installer.install(due.whole(), due.verdict()));
    }

    /**
     * Puts right what of the installed release is not as it was published.
     *
     * @param progress shows what comes
     * @return what is left
     */
    Inspection repair(Progress.Factory progress) {
        recovered();
        stateAccess.requireRoom();
        store.packages().prepare(store.keptPlaces());
        return new Repair(
                        store,
                        config.increments().isWanted(),
                        aims -> fetchOnceMore(aims, progress),
                        interruption::throwIfInterrupted)
                .run(installed());
    }

    /** That is between the board and its server: neither a release's failure nor its progress. */
    private Optional<PackageResponse> fetchOnceMore(Aims aims, Progress.Factory progress) {
        Trial uncounted = trial.withoutCounting();
        try (UpdateVisit visit = new UpdateVisit(
                config.product(),
                installed(),
                trust,
                uncounted,
                store.packages(),
                new Increment(config.product(), aims, store.pieces(), store.plan()),
                Optional.empty(),
                Confirmation.ONCE_MORE,
                new FetchGate(store, hooks.preDownload(), next -> {}),
                progress)) {
            return new Fetcher(config, connectors.apply(config), uncounted, interruption).fetch(visit);
        }
    }

    /** Goes back to the release before. */
    Outcome rollBack() {
        return Outcome.withoutOffer(Outcome.Result.ROLLED_BACK, installer.rollBack());
    }

    /** What a server offers is installed or waits; where it offers nothing new, nothing that waited is to be installed any more. */
    private Outcome settle(Outcome seen, Optional<PackageResponse> fetched, boolean isOnlyFetched) {
        if (fetched.isEmpty()) {
            staging.forget();
            return seen.verdict()
                    .map(verdict -> seen.with(installer.adopt(verdict, seen.installed())))
                    .orElse(seen);
        }
        Verdict verdict = seen.verdict().orElseThrow();
        Optional<SignedMetadata> signed = seen.offered().flatMap(Offer::signed);
        return staging.holdsBack(fetched.get(), signed, verdict, isOnlyFetched)
                ? seen.staged()
                : seen.updatedTo(installer.install(fetched.get(), verdict));
    }

    /** Where no server could be asked, what has come before is installed when its time has come. */
    private Outcome staged(UpdateVisit visit, OtaException failure, boolean isOnlyFetched) {
        if (visit.isAnswered() || !Perseverance.isCurable(failure) || isOnlyFetched) {
            visit.outcome().offered().flatMap(Offer::whole).ifPresent(staging::forgetOthersThan);
            throw failure;
        }
        Staging.Due due = staging.due(installed()).orElseThrow(() -> failure);
        return Outcome.withoutOffer(Outcome.Result.UPDATED, installer.install(due.whole(), due.verdict()));
    }

    /** Fetches what is on offer, and tells how far that has come. */
    private Optional<PackageResponse> fetch(UpdateVisit visit) {
        Fetcher fetcher = new Fetcher(config, connectors.apply(config), trial, interruption);
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
            nextPoll.accept(visit.outcome().nextPoll());
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
    private Recovery recovered() {
        Recovery recovery;
        try {
            recovery = new Recovery(installer.recover().isPresent(), Optional.empty());
        } catch (OtaException e) {
            boolean isOver =
                    interruption.cause().isEmpty() && store.journal().read().isEmpty();
            if (!isOver) {
                throw e;
            }
            LOG.error("{}", e.getMessage());
            recovery = new Recovery(false, Optional.of(e));
        }
        return recovery;
    }

    /** Sees that the board is fit for what comes next. */
    private void requireFitness() {
        config.install().requirePrograms();
        stateAccess.requireRoom();
        store.packages().prepare(store.keptPlaces());
    }

    /**
     * Brings to its end what an earlier run or start of the board could not; asks no server.
     *
     * @throws OtaException what that failed with
     */
    Outcome recover() {
        Optional<Recovery> recovery = store.journal().read().map(entry -> recovered());
        Outcome idle = Outcome.withoutOffer(Outcome.Result.UP_TO_DATE, installed());
        return recovery.map(found -> found.insteadOf(idle)).orElse(idle);
    }

    /** Brings the board to a package that somebody carried here. */
    Outcome install(Path file, boolean allowDowngrade, Progress.Factory progress) {
        recovered();
        requireFitness();
        return new CarriedInstall(store, trust, trial, installer, interruption)
                .run(CarriedPackage.of(file), installed(), allowDowngrade, progress);
    }

    /** Carries on with a release of which the application has said what it thinks. */
    Outcome answered(Answer.Word word) {
        try {
            installer.recover();
            return Outcome.withoutOffer(Outcome.Result.UPDATED, installed());
        } catch (OtaException e) {
            if (e.code() != ErrorCode.ROLLED_BACK || word == Answer.Word.CONFIRM) {
                throw e;
            }
            LOG.warn("{}", e.getMessage());
            return Outcome.withoutOffer(Outcome.Result.ROLLED_BACK, installed());
        }
    }

    private InstalledRelease installed() {
        return store.running(config.seed());
    }

    private void report(ServerAddress server) {
        InstalledRelease now = installed();
        Board board = new Board(
                config.product(),
                now.name(),
                Optional.of(trust.standing(now)),
                store.report().read());
        connectors.apply(config.hurried(REPORT_PATIENCE)).hold(server, new ReportVisit(board));
    }
}
