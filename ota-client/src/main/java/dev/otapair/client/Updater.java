package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
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
import dev.otapair.client.store.VerifiedFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;

/** One run of the client on a board: ask, fetch, verify, install, record. Used by one thread, once. */
public final class Updater {
    private static final Logger LOG = Loggers.of(Updater.class);

    /** When the application's word counts. */
    private static final Set<Journal.Step> PROVING = Set.of(Journal.Step.RUNNING, Journal.Step.PROBATION);

    private final ClientConfig config;
    private final Map<String, String> environment;
    private final Interruption interruption;
    private final Runnable goesOn;
    private final Clock clock;
    private final DurableFiles files = new DurableFiles();
    private final BoardStore store;
    private final ServerPin pin;
    private final Trial trial;
    private final StateAccess stateAccess;
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
        this.goesOn = interruption::throwIfInterrupted;
        this.clock = clock;
        this.store = BoardStore.of(config, files, goesOn);
        this.stateAccess = new StateAccess(config.stateFolder(), files);
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
        return BoardTrust.open(
                config.product(),
                config.trust(),
                trustFile(),
                new TrustedTime(clock, BuildTime::read),
                new VerifiedFile(config.stateFolder(), files));
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
                store.report().read(),
                new UpdateAims(store, config.increments(), config.install().unpack(), goesOn));
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
                if (visit.isAnswered() && rota.size() == 1) {
                    LOG.info("What it would cost is not known: {}", e.getMessage());
                    return visit.outcome();
                }
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
        return alone(() -> run().update(confirmation, progress, false));
    }

    /**
     * Fetches what the server offers, to be installed later: by {@link #installStaged}, or by an update in its time.
     *
     * @throws OtaException as for {@link #update}
     */
    public Outcome download(Progress.Factory progress) {
        return alone(() -> run().update(Confirmation.ALWAYS, progress, true));
    }

    /**
     * Installs what was fetched, now; asks no server.
     *
     * @throws OtaException if it could not, or if nothing waits (PACKAGE_UNAVAILABLE)
     */
    public Outcome installStaged() {
        return alone(() -> run().installStaged());
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
        return alone(() -> run().install(file, allowDowngrade, progress));
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
        return alone(() -> run().rollBack());
    }

    /**
     * Says for the application that the release which is proving itself works, or does not. A run that waits for it takes it from
     * there; where none is at work, the installation is brought to its end here.
     *
     * @return empty when no release is proving itself
     * @throws OtaException what that ended with, but for ROLLED_BACK after a rejection
     */
    public Optional<Outcome> answer(Answer.Word word) {
        // On a disk that is full to the last, what is open goes on with the room that was kept for that.
        store.reserve().spend(stateAccess::prepare);
        Optional<Journal.Entry> waiting = store.journal().read().filter(entry -> PROVING.contains(entry.step()));
        waiting.ifPresent(entry -> store.answer().write(word, entry.next()));
        return waiting.map(entry -> alone(() -> run().answered(word)));
    }

    /**
     * Brings to its end what an earlier run or start of the board could not; asks no server.
     *
     * @throws OtaException as for {@link #update}
     */
    public Outcome recover() {
        return alone(() -> run().recover());
    }

    /**
     * Reads all of what is installed. Changes nothing but what is noted of files that look as they did.
     *
     * @throws OtaException IO_ERROR if it cannot be read
     */
    public Inspection inspect() {
        return new Inspector(store, goesOn).inspect(installed()).inspection();
    }

    /**
     * Reads all of what is installed, and puts right what is not as it was published, with what the server has where the board does not.
     *
     * @param progress shows what comes
     * @return what is left of it
     * @throws OtaException TOO_EARLY if another run is at work; IO_ERROR if it cannot be read
     */
    public Inspection repair(Progress.Factory progress) {
        return aloneOr(() -> run().repair(progress), () -> {
            throw new OtaException(
                    ErrorCode.TOO_EARLY, "another run is at work on this board; ask again when it is done");
        });
    }

    private Outcome alone(Supplier<Outcome> work) {
        return aloneOr(work, () -> {
            LOG.info("Another run is at work on this board; nothing to do here");
            return Outcome.withoutOffer(Outcome.Result.ALREADY_RUNNING, installed());
        });
    }

    private <T> T aloneOr(Supplier<T> work, Supplier<T> otherwise) {
        // On a disk that is full to the last, what is open goes on with the room that was kept for that.
        store.reserve().spend(stateAccess::prepare);
        Optional<RunLock> lock = RunLock.tryTake(config.stateFolder());
        if (lock.isEmpty()) {
            return otherwise.get();
        }
        try {
            stateAccess.tidy();
            store.state().repair();
            trustFile().repair();
            store.journal().repair();
            store.state().adopt(config.seed());
            store.followLink();
            return work.get();
        } finally {
            lock.get().close();
        }
    }

    /** The caller holds the lock. */
    private BoardRun run() {
        return new BoardRun(
                config,
                store,
                trustForGood(),
                trial,
                Hooks.of(config, environment, interruption),
                this::connector,
                stateAccess,
                interruption,
                clock,
                next -> nextPoll = next);
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
}
