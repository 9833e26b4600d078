package dev.otapair.client;

import dev.otapair.client.config.InstallSettings;
import dev.otapair.client.config.Revalidate;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.AfterProcess;
import dev.otapair.client.install.Subject;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Journal.Entry;
import dev.otapair.client.store.Journal.Links;
import dev.otapair.client.store.Journal.Step;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.BoardState;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * From a release that does not work to the one before it: what that is, and how it is put back, as the step UNDOING of {@link Installer}.
 * Whatever interrupts it, it can be done again. One run; the caller holds the run lock.
 *
 * @see "docs/installing.md, section 3: Proving itself"
 */
final class WayBack {
    private static final Logger LOG = Loggers.of(WayBack.class);

    private final BoardStore store;
    private final Optional<AfterProcess> script;
    private final Probation probation;
    private final InstallSettings settings;
    private final Herald herald;
    private final Interruption interruption;
    private final Supplier<Uptime> uptime;

    WayBack(
            BoardStore store,
            Optional<AfterProcess> script,
            Probation probation,
            InstallSettings settings,
            Herald herald,
            Interruption interruption,
            Supplier<Uptime> uptime) {
        this.store = store;
        this.script = script;
        this.probation = probation;
        this.settings = settings;
        this.herald = herald;
        this.interruption = interruption;
        this.uptime = uptime;
    }

    /** What was good last, if it is still here as it was verified; never the release itself. */
    Optional<Deployment> from(Deployment next) {
        List<Deployment> good = store.history().read();
        return good.isEmpty()
                ? recordedBefore(next)
                : good.stream()
                        .filter(older -> !older.target().equals(next.target()))
                        .findFirst()
                        .filter(this::isIntact);
    }

    /** On a board whose client kept no history yet: what is recorded as installed, where its package is still here. */
    private Optional<Deployment> recordedBefore(Deployment next) {
        InstalledRelease recorded = store.state().read(Optional.empty());
        if (recorded.name().isEmpty() || recorded.sha256().isEmpty()) {
            return Optional.empty();
        }
        return store.packages()
                .sizeOf(recorded.name().get())
                .map(size -> new Deployment(
                        recorded, recorded.name().get(), recorded.sha256().get(), size, false))
                .filter(older -> !older.target().equals(next.target()))
                .filter(this::isIntact);
    }

    /** From what is installed to what was before: nothing of it has been begun, so it stands in no journal yet. */
    Entry byHand() {
        Deployment current = store.history().current().orElseThrow(WayBack::nothingBefore);
        Deployment previous = store.history().previous().filter(this::isIntact).orElseThrow(WayBack::nothingBefore);
        return Entry.begin(current, 0, Optional.of(previous), store.releases().links(), 1, uptime.get())
                .at(Step.GOOD, uptime.get());
    }

    /**
     * Takes a release back whose end is noted as UNDOING.
     *
     * @return ROLLED_BACK, with what is there now
     */
    OtaException go(Entry entry) {
        Optional<String> trouble = putBack(entry);
        String back = entry.before()
                .map(before -> before + " is back")
                .orElse("there is nothing to go back to, so nothing is installed in its place");
        return new OtaException(
                ErrorCode.ROLLED_BACK,
                "%s was taken back: %s; %s".formatted(entry.next(), entry.reason(), trouble.orElse(back)));
    }

    /**
     * As above, for somebody at the console.
     *
     * @throws OtaException SCRIPT_FAILED if what is there now does not work either
     */
    void goByHand(Entry entry) {
        putBack(entry).ifPresent(trouble -> {
            throw new OtaException(ErrorCode.SCRIPT_FAILED, trouble);
        });
    }

    /**
     * Puts back what was there before.
     *
     * @return what is wrong with that; empty if it works again
     */
    private Optional<String> putBack(Entry entry) {
        Deployment bad = entry.next();
        LOG.warn("Taking {} back: {}", bad, entry.reason());
        store.quarantine().add(bad);
        // Not to be cut: until the links are back the board would start what does not work.
        Optional<Deployment> before = entry.before().filter(good -> store.isIntact(good, () -> {}));
        Optional<String> trouble = before.isEmpty() && entry.before().isPresent()
                ? stay(bad, entry.before().get())
                : switchBack(entry, before);
        store.answer().clear();
        store.staged().clear();
        OtaException told =
                new OtaException(ErrorCode.ROLLED_BACK, "%s: %s".formatted(bad, trouble.orElse(entry.reason())));
        Runnable announcement =
                herald.write(before.isPresent() ? BoardState.ROLLED_BACK : BoardState.FAILED, bad, Optional.of(told));
        store.journal().clear();
        // Not before: it may be the client that is at work here.
        store.removeUnneeded(Set.of());
        trouble.ifPresent(why -> LOG.error("{}", why));
        announcement.run();
        before.ifPresent(this::look);
        return trouble;
    }

    private boolean isIntact(Deployment release) {
        return store.isIntact(release, interruption::throwIfInterrupted);
    }

    /** Last of all: what is back works, as far as was asked, and going back must not wait for a look at all of it. */
    private void look(Deployment back) {
        try {
            if (store.trees().knows(back) && !store.trees().holds(back, Revalidate.SIZE, () -> {})) {
                LOG.warn("{} is back all the same; 'ota-client verify' puts it right", back);
            }
        } catch (OtaException e) {
            LOG.warn(
                    "{} is back, and cannot be looked at: {}; 'ota-client verify' does it again", back, e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn(
                    "{} is back, and a defect of the client keeps it from looking; please report the lines below",
                    back,
                    e);
        }
    }

    /** Better a release that does not work than a link to nothing; but it has to be known. */
    private Optional<String> stay(Deployment bad, Deployment before) {
        store.state().write(bad.release());
        store.history().add(bad, settings.keepReleases());
        return Optional.of("%s is not here any more as it was verified, so %s stays".formatted(before, bad));
    }

    private Optional<String> switchBack(Entry entry, Optional<Deployment> before) {
        if (store.history().current().filter(entry.next()::isWhere).isPresent()) {
            store.history().removeNewest();
        }
        pointBack(entry, before);
        store.state().write(before.map(Deployment::release).orElseGet(() -> recordedBut(entry.next())));
        return before.flatMap(release -> runBack(entry, release));
    }

    /** What is recorded stays, unless that is the bad one. */
    private InstalledRelease recordedBut(Deployment bad) {
        InstalledRelease recorded = store.state().read(Optional.empty());
        return recorded.equals(bad.release()) ? InstalledRelease.NONE : recorded;
    }

    /** What the script of the release before says now can change nothing any more, but has to be known. */
    private Optional<String> runBack(Entry entry, Deployment before) {
        Subject subject = new Subject(
                store.releases().placeOf(before),
                store.packageOf(before),
                before,
                entry.next().release(),
                true,
                entry.starts());
        if (entry.isScriptUsedUp()) {
            return Optional.of("the script of %s was started %d times, and no run lived to see its end"
                    .formatted(before, entry.scriptStarts()));
        }
        try {
            if (isBackAlready(entry, subject)) {
                return Optional.empty();
            }
            Entry begun = store.note(entry.again(Step.UNDOING, uptime.get()));
            script.ifPresent(each ->
                    each.run(subject, group -> store.note(begun.led(group, Step.UNDOING, uptime.get()))));
            return probation
                    .healthFault(subject)
                    .map(fault -> "%s is back, and does not work either: %s".formatted(before, fault));
        } catch (OtaException e) {
            if (!AfterProcess.isAnswer(e)) {
                throw uncounted(e);
            }
            return Optional.of("%s is back, but its script says: %s".formatted(before, e.getMessage()));
        }
    }

    /** A script that started the board anew, which is normal, is not called once more if its release works then. */
    private boolean isBackAlready(Entry entry, Subject before) {
        boolean hasBegun = !entry.leader().isEmpty();
        boolean isOtherStart = !entry.boot().equals(uptime.get().boot());
        return hasBegun
                && isOtherStart
                && (!probation.hasCheck() || probation.healthFault(before).isEmpty());
    }

    /** What is not known here, as another one's link, is put back as it was. */
    private void pointBack(Entry entry, Optional<Deployment> before) {
        if (before.isEmpty()) {
            boolean wasNext = entry.links().current().equals(entry.next().target());
            store.releases().restore(wasNext ? new Links("", entry.links().previous()) : entry.links());
            return;
        }
        Optional<String> older = store.history().read().stream()
                .map(Deployment::target)
                .dropWhile(target -> !target.equals(before.get().target()))
                .skip(1)
                .findFirst();
        boolean isOurs = Set.of(before.get().target(), entry.next().target())
                .contains(entry.links().previous());
        store.releases()
                .restore(new Links(
                        before.get().target(),
                        older.orElse(isOurs ? "" : entry.links().previous())));
    }

    /** A run that is told to end is none that was killed by what it started. */
    OtaException uncounted(OtaException failure) {
        if (interruption.cause().isPresent()) {
            store.journal().read().map(Entry::uncounted).ifPresent(store::note);
        }
        return failure;
    }

    private static OtaException nothingBefore() {
        return new OtaException(
                ErrorCode.IO_ERROR,
                "there is no release before this one here to go back to; 'ota-client install FILE --allow-downgrade' takes one");
    }
}
