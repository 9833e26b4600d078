package dev.otapair.client;

import dev.otapair.client.config.InstallSettings;
import dev.otapair.client.config.Revalidate;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.AfterProcess;
import dev.otapair.client.install.Hook;
import dev.otapair.client.install.Hooks;
import dev.otapair.client.install.Subject;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Journal.Entry;
import dev.otapair.client.store.Journal.Step;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Makes a verified package the board's software, in steps of which each is in the journal before it is taken: so that an installation
 * that was interrupted anywhere can be carried on, or undone, by the next start.
 *
 * <pre>
 * step        what is done                                      interrupted: the next start
 * PREPARING   pre_install, unpack                               forgets it: nothing has changed
 * APPLYING    current and previous switched                     starts the script
 * RUNNING     the script                                        starts the script again, once the one that is left has ended; if the
 *                                                               board was started anew, lets the release prove itself, or counts it
 *                                                               as good where nothing could tell
 * PROBATION   health check, confirmation                        lets it prove itself again
 * GOOD        floor, state and history                          records it
 * ABANDONING  both put back as they were, the failure counted     does it again
 * UNDOING     the same, quarantine, script of the one before    undoes it
 * </pre>
 *
 * One run; the caller holds the run lock.
 *
 * @see "docs/installing.md, section 2: The journal"
 */
final class Installer {
    private static final Logger LOG = Loggers.of(Installer.class);

    /** How often a proof may be interrupted: somebody at the console may end a run now and then. */
    private static final int MAX_PROOFS = 5;

    /** What says nothing of the release: its package waits for another time. */
    private static final Set<ErrorCode> POSTPONED =
            Set.of(ErrorCode.SCRIPT_DEFERRED, ErrorCode.HUNG_UP, ErrorCode.INTERRUPTED, ErrorCode.TERMINATED);

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
    private final Interruption interruption;
    private final Supplier<Uptime> uptime;
    private final Preparation preparation;
    private final WayBack wayBack;

    Installer(
            BoardStore store,
            BoardTrust trust,
            Trial trial,
            Hooks hooks,
            Probation probation,
            InstallSettings settings,
            Revalidate revalidate,
            Herald herald,
            Interruption interruption,
            Supplier<Uptime> uptime) {
        this.store = store;
        this.trust = trust;
        this.trial = trial;
        this.hooks = hooks;
        this.script = hooks.afterProcess().map(AfterProcess::new);
        this.probation = probation;
        this.settings = settings;
        this.herald = herald;
        this.interruption = interruption;
        this.uptime = uptime;
        this.preparation = new Preparation(store, hooks, revalidate, interruption, uptime);
        this.wayBack = new WayBack(store, script, probation, settings, herald, interruption, uptime);
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
        Deployment next = Deployment.of(verified, release, store.packages().placeOf(verified), settings.unpack());
        long floor = verdict.verified().map(ReleaseMetadata::floor).orElse(0L);
        store.releases().requireLinks();
        store.reserve().fill();
        store.answer().clear();
        Optional<Deployment> before = wayBack.from(next);
        if (before.isEmpty()) {
            LOG.warn("There is no release here to go back to, should {} not work", next);
        }
        Entry begun =
                Entry.begin(next, floor, before, store.releases().links(), trial.attempt(next.digest()), uptime.get());
        Optional<Content> manifest = verdict.verified().flatMap(ReleaseMetadata::manifest);
        return store.reserve().spend(() -> carryOn(step(begun), manifest), this::carryOnFull);
    }

    /**
     * Carries on with, or undoes, what an earlier run or start of the board could not bring to its end. Needs no network, and no room.
     *
     * @return what was brought to its good end; empty if nothing was open, or if nothing had been begun of what was
     * @throws OtaException what it failed with, ROLLED_BACK among them; the signal's code leaves it for the next start
     */
    Optional<InstalledRelease> recover() {
        store.releases().tidy();
        Optional<Entry> open = store.journal().read();
        if (open.isEmpty()) {
            store.removeTakenBack();
        }
        return store.reserve().spend(() -> open.flatMap(this::recover), full -> Optional.of(carryOnFull(full)));
    }

    /** A release that fills the disk is taken back all the same: with room that was kept for that. */
    private InstalledRelease carryOnFull(OtaException full) {
        return store.journal().read().flatMap(this::recover).orElseThrow(() -> full);
    }

    private Optional<InstalledRelease> recover(Entry entry) {
        boolean isOtherStart = !entry.boot().equals(uptime.get().boot());
        LOG.warn(
                "The installation of {} was interrupted in the step {}{}",
                entry.next(),
                entry.step(),
                isOtherStart ? ", and the board was started anew since" : "");
        entry.leader(uptime.get()).ifPresent(group -> programOf(entry).ifPresent(program -> program.awaitLeft(group)));
        return switch (entry.step()) {
            case PREPARING -> {
                store.journal().clear();
                yield Optional.empty();
            }
            case APPLYING -> Optional.of(applyAgain(entry));
            case RUNNING -> Optional.of(recoverRunning(entry, isOtherStart));
            case PROBATION -> Optional.of(proveAgain(entry));
            case GOOD -> Optional.of(record(entry));
            case ABANDONING -> throw abandon(entry);
            case UNDOING -> throw wayBack.go(entry);
        };
    }

    /** Returns the program that a step may have left at work. */
    private Optional<Hook> programOf(Entry entry) {
        return entry.step() == Step.PREPARING ? hooks.preInstall() : hooks.afterProcess();
    }

    /**
     * Goes back to the release before, by hand: even below the floor. An installation that has not come to its end is what is
     * undone.
     *
     * @return what is installed now
     * @throws OtaException IO_ERROR if there is none here; SCRIPT_FAILED if the release before is back, and does not work either
     */
    InstalledRelease rollBack() {
        return store.reserve().spend(this::goBack);
    }

    private InstalledRelease goBack() {
        Optional<Entry> open = store.journal().read();
        open.ifPresent(entry -> entry.leader(uptime.get())
                .ifPresent(group -> programOf(entry).ifPresent(program -> program.endLeft(group))));
        Entry entry = open.orElseGet(wayBack::byHand);
        switch (entry.step()) {
            case PREPARING, ABANDONING -> LOG.warn("{}", abandon(entry).getMessage());
            case UNDOING -> wayBack.goByHand(entry);
            default -> wayBack.goByHand(step(entry.undoing("rolled back by hand", uptime.get())));
        }
        return store.state().read(Optional.empty());
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
        store.history().rename(now);
        store.state().write(now);
        LOG.info("{} is installed; it counts as release {} now", installed, now.release());
        return now;
    }

    private InstalledRelease carryOn(Entry begun, Optional<Content> manifest) {
        herald.tell(BoardState.APPLYING, begun.next());
        try {
            preparation.run(begun, subjectOf(begun), manifest);
        } catch (OtaException e) {
            throw givenUp(begun, e);
        }
        return apply(step(begun.at(Step.APPLYING, uptime.get())));
    }

    /** What the script says is known only if somebody saw it end: a signal to this process leaves the step as it is. */
    private InstalledRelease apply(Entry entry) {
        switchTo(entry);
        try {
            requireIntact(entry.next());
            script.ifPresent(each ->
                    each.run(subjectOf(entry), group -> step(entry.led(group, Step.RUNNING, uptime.get()))));
        } catch (OtaException e) {
            if (!AfterProcess.isAnswer(e)) {
                throw wayBack.uncounted(e);
            }
            throw givenUp(entry, e);
        }
        Entry proving = step(entry.at(Step.PROBATION, uptime.get()));
        if (probation.isAny()) {
            herald.tell(BoardState.PROBATION, entry.next());
        }
        return prove(proving);
    }

    private InstalledRelease applyAgain(Entry entry) {
        if (entry.isScriptUsedUp()) {
            throw givenUp(
                    entry,
                    new OtaException(
                            ErrorCode.SCRIPT_FAILED,
                            "the script was started %d times, and no run lived to see its end"
                                    .formatted(entry.scriptStarts())));
        }
        return apply(step(entry.again(Step.APPLYING, uptime.get())));
    }

    private InstalledRelease recoverRunning(Entry entry, boolean isOtherStart) {
        if (!isOtherStart) {
            return applyAgain(entry);
        }
        if (probation.isAny()) {
            return prove(step(entry.at(Step.PROBATION, uptime.get())));
        }
        LOG.warn(
                "{} counts as installed, since its script started the board anew, and there is no health_check to say"
                        + " better",
                entry.next());
        return record(step(entry.at(Step.GOOD, uptime.get())));
    }

    private InstalledRelease proveAgain(Entry entry) {
        Entry again = step(entry.again(Step.PROBATION, uptime.get()));
        if (again.starts() > MAX_PROOFS) {
            throw wayBack.go(step(
                    again.undoing("its proof was interrupted %d times".formatted(again.starts() - 1), uptime.get())));
        }
        return prove(again);
    }

    private InstalledRelease prove(Entry entry) {
        switchTo(entry);
        Optional<String> fault;
        try {
            fault = probation.fault(subjectOf(entry));
        } catch (OtaException e) {
            throw wayBack.uncounted(e);
        }
        if (fault.isPresent()) {
            throw wayBack.go(step(entry.undoing(fault.get(), uptime.get())));
        }
        return record(step(entry.at(Step.GOOD, uptime.get())));
    }

    /** The floor first: after a cut the release is recorded again, never one below the floor. The journal goes last. */
    private InstalledRelease record(Entry entry) {
        Deployment next = entry.next();
        switchTo(entry);
        trust.raiseFloor(entry.floor());
        store.state().write(next.release());
        if (store.history().read().isEmpty()) {
            entry.before().ifPresent(before -> store.history().add(before, settings.keepReleases()));
        }
        store.history().add(next, settings.keepReleases());
        store.answer().clear();
        store.staged().clear();
        store.inventory().add(next.place());
        store.removeUnneeded(Set.of());
        trial.forget();
        Runnable announcement = herald.write(BoardState.GOOD, next, Optional.empty());
        store.journal().clear();
        LOG.info("Installed {}", next);
        announcement.run();
        return next.release();
    }

    /**
     * Ends an installation as if it had not been; the package stays for the next try.
     *
     * @return why
     */
    private OtaException abandon(Entry entry) {
        store.releases().restore(entry.links());
        store.releases().tidy();
        ErrorCode code = entry.code().orElse(ErrorCode.SCRIPT_DEFERRED);
        boolean isFailure = FAILURES.contains(code);
        if (isFailure) {
            // The script may have left anything in it.
            store.trees().forget(entry.next());
        }
        boolean isUsedUp = isFailure && trial.failedBy(entry.next().digest(), entry.attempt());
        OtaException why = new OtaException(
                isUsedUp ? ErrorCode.QUARANTINED : code,
                entry.reason().isEmpty() ? "the installation of %s was ended".formatted(entry.next()) : entry.reason());
        Runnable announcement = herald.write(
                POSTPONED.contains(code) ? BoardState.STAGED : BoardState.FAILED, entry.next(), Optional.of(why));
        store.journal().clear();
        announcement.run();
        return why;
    }

    /** First of all the journal: from then on nothing can count as installed any more. */
    private OtaException givenUp(Entry entry, OtaException failure) {
        return abandon(step(entry.abandoning(failure.code(), failure.getMessage(), uptime.get())));
    }

    private Entry step(Entry entry) {
        return store.note(entry);
    }

    private void switchTo(Entry entry) {
        store.releases().point(entry.next(), entry.before());
    }

    private void requireIntact(Deployment next) {
        if (!store.isIntact(next, interruption::throwIfInterrupted)) {
            throw new OtaException(
                    ErrorCode.SCRIPT_FAILED, "%s is not here any more as it was verified".formatted(next));
        }
    }

    private Subject subjectOf(Entry entry) {
        return new Subject(
                store.releases().placeOf(entry.next()),
                store.packageOf(entry.next()),
                entry.next(),
                entry.before()
                        .map(Deployment::release)
                        .orElseGet(() -> store.state().read(Optional.empty())),
                false,
                entry.attempt());
    }
}
