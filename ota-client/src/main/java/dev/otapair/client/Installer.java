package dev.otapair.client;

import dev.otapair.client.config.InstallSettings;
import dev.otapair.client.install.AfterProcess;
import dev.otapair.client.install.Hook;
import dev.otapair.client.install.Hooks;
import dev.otapair.client.install.Subject;
import dev.otapair.client.install.Unpacker;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Journal.Entry;
import dev.otapair.client.store.Journal.Step;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a verified package the board's software, in steps of which each is in the journal before it is taken: so that an installation
 * that was interrupted anywhere can be carried on, or undone, by the next start.
 *
 * <pre>
 * step        what is done                                      interrupted: the next start
 * PREPARING   pre_install, unpack                               gives it up
 * APPLYING    current and previous switched                     starts the script
 * RUNNING     the script                                        starts the script again, once the one that is left has ended; if the
 *                                                               board was started anew, lets the release prove itself, or counts it
 *                                                               as good where nothing could tell
 * PROBATION   health check, confirmation                        lets it prove itself again
 * GOOD        floor, state and history                          records it
 * ABANDONING  current and previous put back                     puts them back
 * UNDOING     the same, quarantine, script of the one before    undoes it
 * </pre>
 *
 * One run; the caller holds the run lock.
 *
 * @see "docs/installing.md, section 2: The journal"
 */
final class Installer {
    private static final Logger LOG = LoggerFactory.getLogger(Installer.class);

    /** A script that ends its client, or the board, as often as that is none that works. */
    private static final int MAX_STARTS = 3;

    /** The same for the proof: somebody at the console may end a run now and then. */
    private static final int MAX_PROOFS = 5;

    /** What a script, or what is asked before it, can say. */
    private static final Set<ErrorCode> ANSWERS = Set.of(ErrorCode.SCRIPT_FAILED, ErrorCode.SCRIPT_DEFERRED);

    /** What a release answers for: it was tried, and did not do. */
    private static final Set<ErrorCode> FAILURES = Set.of(ErrorCode.SCRIPT_FAILED, ErrorCode.PACKAGE_REJECTED);

    private final BoardStore store;
    private final BoardTrust trust;
    private final Trial trial;
    private final Hooks hooks;
    private final Optional<AfterProcess> script;
    private final Probation probation;
    private final InstallSettings settings;
    private final Herald herald;
    private final Supplier<Uptime> uptime;

    Installer(
            BoardStore store,
            BoardTrust trust,
            Trial trial,
            Hooks hooks,
            Probation probation,
            InstallSettings settings,
            Herald herald,
            Supplier<Uptime> uptime) {
        this.store = store;
        this.trust = trust;
        this.trial = trial;
        this.hooks = hooks;
        this.script = hooks.afterProcess().map(AfterProcess::new);
        this.probation = probation;
        this.settings = settings;
        this.herald = herald;
        this.uptime = uptime;
    }

    /**
     * Installs a package that is in its place.
     *
     * @param verdict that said to install it
     * @return what is installed now
     * @throws OtaException what it failed with; then what was installed before is what is recorded, and what {@code current} names
     */
    InstalledRelease install(PackageResponse verified, Verdict verdict) {
        InstalledRelease release = verdict.verified()
                .map(InstalledRelease::of)
                .orElseGet(() -> InstalledRelease.unsigned(verified.latest(), verified.digest()));
        Deployment next = Deployment.of(verified, release, settings.unpack());
        long floor = verdict.verified().map(ReleaseMetadata::floor).orElse(0L);
        String link = store.releases().current().orElse("");
        store.answer().clear();
        return carryOn(store.journal().write(Entry.begin(next, floor, wayBackFrom(next), link, uptime.get())));
    }

    /**
     * Carries on with, or undoes, what an earlier run or start of the board could not bring to its end. Needs no network, and no room.
     *
     * @return whether there was such an installation
     * @throws OtaException what it failed with, ROLLED_BACK among them; the signal's code leaves it for the next start
     */
    boolean recover() {
        store.releases().tidy();
        Optional<Entry> found = store.journal().read();
        found.ifPresent(this::recover);
        return found.isPresent();
    }

    private void recover(Entry entry) {
        boolean isOtherStart = !entry.boot().equals(uptime.get().boot());
        LOG.warn(
                "The installation of {} was interrupted in the step {}{}",
                entry.next(),
                entry.step(),
                isOtherStart ? ", and the board was started anew since" : "");
        switch (entry.step()) {
            case PREPARING, ABANDONING -> abandon(entry);
            case APPLYING -> applyAgain(entry);
            case RUNNING -> recoverRunning(entry, isOtherStart);
            case PROBATION -> proveAgain(entry);
            case GOOD -> record(entry);
            case UNDOING -> undo(entry);
        }
    }

    /**
     * Goes back to the release before, by hand: even below the floor. An installation that has not come to its end is what is
     * undone.
     *
     * @return what is installed now
     * @throws OtaException IO_ERROR if there is none here
     */
    InstalledRelease rollBack() {
        Entry entry = store.journal().read().orElseGet(this::wayBack);
        if (entry.step() == Step.PREPARING || entry.step() == Step.ABANDONING) {
            abandon(entry);
            entry = wayBack();
        }
        Entry undoing = entry.step() == Step.UNDOING ? entry : entry.undoing("rolled back by hand", uptime.get());
        putBack(store.journal().write(undoing));
        return store.state().read(Optional.empty());
    }

    private Entry wayBack() {
        Deployment current = store.history().current().orElseThrow(Installer::nothingBefore);
        Deployment previous = store.history().previous().filter(this::isIntact).orElseThrow(Installer::nothingBefore);
        return Entry.begin(current, 0, Optional.of(previous), previous.target(), uptime.get());
    }

    /** What was good last, if it is still here as it was verified; never the release itself. */
    private Optional<Deployment> wayBackFrom(Deployment next) {
        return store.history().read().stream()
                .filter(older -> !older.target().equals(next.target()))
                .findFirst()
                .filter(this::isIntact);
    }

    private boolean isIntact(Deployment deployment) {
        return deployment.isUnpacked()
                ? store.releases().holds(deployment)
                : store.packages().holds(deployment.name(), deployment.size(), deployment.digest());
    }

    /**
     * Takes over the counter of a release whose content is installed already.
     *
     * @return what is installed now: the same
     * @throws OtaException CANNOT_WRITE
     */
    InstalledRelease adopt(Verdict verdict, InstalledRelease installed) {
        Optional<ReleaseMetadata> signed = verdict.verified();
        if (verdict.answer() != Verdict.Answer.SAME
                || signed.isEmpty()
                || signed.get().release() <= installed.release()) {
            return installed;
        }
        InstalledRelease now = InstalledRelease.of(signed.get());
        trust.raiseFloor(signed.get().floor());
        store.state().write(now);
        store.history().rename(now);
        LOG.info("{} is installed; it counts as release {} now", installed, now.release());
        return now;
    }

    private InstalledRelease carryOn(Entry begun) {
        herald.tell(BoardState.APPLYING, begun.next());
        try {
            prepare(begun);
        } catch (OtaException e) {
            throw givenUp(begun, e);
        }
        return apply(store.journal().write(begun.at(Step.APPLYING, uptime.get())));
    }

    private void prepare(Entry entry) {
        Subject subject = subjectOf(entry);
        hooks.preInstall().ifPresent(hook -> require(hook.ask(subject)));
        boolean isThere = store.history().read().contains(entry.next())
                && store.releases().holds(entry.next());
        if (entry.next().isUnpacked() && !isThere) {
            LOG.info("Unpacking {}", subject.file());
            Unpacker.of(Unpacker.Limits.within(store.packages().room()))
                    .unpack(subject.file(), store.releases().unpacking(entry.next()));
            store.releases().unpacked(entry.next());
        }
    }

    /** What the script says is known only if somebody saw it end: a signal to this process leaves the step as it is. */
    private InstalledRelease apply(Entry entry) {
        switchTo(entry);
        try {
            requireIntact(entry.next());
            script.ifPresent(each -> each.run(
                    subjectOf(entry),
                    entry.leader(uptime.get()),
                    group -> store.journal().write(entry.led(group, Step.RUNNING, uptime.get()))));
        } catch (OtaException e) {
            if (!ANSWERS.contains(e.code())) {
                throw e;
            }
            throw givenUp(entry, e);
        }
        return prove(store.journal().write(entry.at(Step.PROBATION, uptime.get())));
    }

    private void applyAgain(Entry entry) {
        if (entry.starts() >= MAX_STARTS) {
            throw givenUp(
                    entry,
                    new OtaException(
                            ErrorCode.SCRIPT_FAILED,
                            "the script was started %d times, and no run lived to see its end"
                                    .formatted(entry.starts())));
        }
        apply(store.journal().write(entry.again(Step.APPLYING, uptime.get())));
    }

    private void recoverRunning(Entry entry, boolean isOtherStart) {
        if (!isOtherStart) {
            applyAgain(entry);
        } else if (probation.isAny()) {
            prove(store.journal().write(entry.at(Step.PROBATION, uptime.get())));
        } else {
            LOG.warn(
                    "{} counts as installed, since its script started the board anew, and there is no health_check to say"
                            + " better",
                    entry.next());
            record(store.journal().write(entry.at(Step.GOOD, uptime.get())));
        }
    }

    private void proveAgain(Entry entry) {
        Entry again = store.journal().write(entry.again(Step.PROBATION, uptime.get()));
        if (again.starts() > MAX_PROOFS) {
            undo(store.journal()
                    .write(again.undoing(
                            "its proof was interrupted %d times".formatted(again.starts() - 1), uptime.get())));
        } else {
            prove(again);
        }
    }

    private InstalledRelease prove(Entry entry) {
        switchTo(entry);
        if (probation.isAny()) {
            herald.tell(BoardState.PROBATION, entry.next());
        }
        Optional<String> fault = probation.fault(subjectOf(entry));
        if (fault.isPresent()) {
            undo(store.journal().write(entry.undoing(fault.get(), uptime.get())));
        }
        return record(store.journal().write(entry.at(Step.GOOD, uptime.get())));
    }

    /** The floor first: after a cut the release is recorded again, never one below the floor. The journal goes last. */
    private InstalledRelease record(Entry entry) {
        Deployment next = entry.next();
        switchTo(entry);
        trust.raiseFloor(entry.floor());
        store.state().write(next.release());
        List<Deployment> gone = store.history().add(next, settings.keepReleases());
        store.releases().remove(gone, store.history().read());
        store.answer().clear();
        store.staged().clear();
        trial.forget();
        herald.tell(BoardState.GOOD, next);
        store.journal().clear();
        LOG.info("Installed {}", next);
        return next.release();
    }

    private void undo(Entry entry) {
        putBack(entry);
        throw failureOf(entry);
    }

    private static OtaException failureOf(Entry entry) {
        String back = entry.before()
                .map(before -> before + " is back")
                .orElse("there is nothing to go back to, so nothing is installed in its place");
        return new OtaException(
                ErrorCode.ROLLED_BACK, "%s was taken back: %s; %s".formatted(entry.next(), entry.reason(), back));
    }

    private void putBack(Entry entry) {
        LOG.warn("Taking {} back: {}", entry.next(), entry.reason());
        store.quarantine().add(entry.next());
        if (store.history().current().filter(entry.next()::equals).isPresent()) {
            store.history().removeNewest();
        }
        pointBack(entry);
        Optional<Deployment> before = entry.before().filter(this::isIntact);
        before.ifPresent(release -> store.state().write(release.release()));
        before.ifPresent(release -> runBack(entry, release));
        store.releases().remove(List.of(entry.next()), store.history().read());
        store.answer().clear();
        store.staged().clear();
        herald.tell(BoardState.ROLLED_BACK, entry.next(), failureOf(entry));
        store.journal().clear();
    }

    /**
     * What the script of the release before says now can change nothing any more, but has to be known. One that ends its client, or the
     * board, is not called for ever.
     */
    private void runBack(Entry entry, Deployment before) {
        Subject subject = new Subject(
                store.releases().placeOf(before),
                store.packages().pathOf(before.name()),
                before,
                entry.next().release(),
                true,
                entry.starts());
        boolean isOtherStart = !entry.boot().equals(uptime.get().boot());
        try {
            if (isOtherStart && entry.starts() > 1 || entry.starts() > MAX_STARTS) {
                LOG.warn("The script of {} was called already", before);
            } else {
                Entry begun = store.journal().write(entry.again(Step.UNDOING, uptime.get()));
                script.ifPresent(again -> again.run(
                        subject,
                        begun.leader(uptime.get()),
                        group -> store.journal().write(begun.led(group, Step.UNDOING, uptime.get()))));
            }
            probation
                    .healthFault(subject)
                    .ifPresentOrElse(
                            fault -> LOG.error("{} is back, and does not work either: {}", before, fault),
                            () -> LOG.info("{} is back", before));
        } catch (OtaException e) {
            if (!ANSWERS.contains(e.code())) {
                throw e;
            }
            LOG.error("{} is back, but its script says: {}", before, e.getMessage());
        }
    }

    /** As if nothing had been: the package stays, for the next try. */
    private void abandon(Entry entry) {
        store.journal().write(entry.at(Step.ABANDONING, uptime.get()));
        pointBack(entry);
        store.releases().tidy();
        store.journal().clear();
    }

    private OtaException givenUp(Entry entry, OtaException failure) {
        if (FAILURES.contains(failure.code())) {
            trial.scriptFailed(entry.next().digest());
            herald.tell(BoardState.FAILED, entry.next(), failure);
        } else {
            herald.tell(BoardState.STAGED, entry.next(), failure);
        }
        abandon(entry);
        return failure;
    }

    private void switchTo(Entry entry) {
        store.releases().point(Optional.of(entry.next()), entry.before());
    }

    /** What is not known here, as another one's link, is put back as it was. */
    private void pointBack(Entry entry) {
        if (entry.before().isEmpty()) {
            store.releases().restore(entry.link().equals(entry.next().target()) ? "" : entry.link());
            return;
        }
        Optional<Deployment> older = store.history().read().stream()
                .dropWhile(each -> !each.target().equals(entry.before().get().target()))
                .skip(1)
                .findFirst()
                .filter(store.releases()::holds);
        store.releases().point(entry.before(), older);
    }

    private void requireIntact(Deployment next) {
        if (!isIntact(next)) {
            throw new OtaException(
                    ErrorCode.SCRIPT_FAILED, "%s is not here any more as it was verified".formatted(next));
        }
    }

    private Subject subjectOf(Entry entry) {
        return new Subject(
                store.releases().placeOf(entry.next()),
                store.packages().pathOf(entry.next().name()),
                entry.next(),
                entry.before()
                        .map(Deployment::release)
                        .orElseGet(() -> store.state().read(Optional.empty())),
                false,
                trial.attempt(entry.next().digest()));
    }

    private static void require(Hook.Result result) {
        switch (result.answer()) {
            case LATER -> throw new OtaException(ErrorCode.SCRIPT_DEFERRED, result.why());
            case NO -> throw new OtaException(ErrorCode.SCRIPT_FAILED, result.why());
            case YES -> {
                // As it should.
            }
        }
    }

    private static OtaException nothingBefore() {
        return new OtaException(
                ErrorCode.IO_ERROR,
                "there is no release before this one here to go back to; 'ota-client install FILE --allow-downgrade' takes one");
    }
}
