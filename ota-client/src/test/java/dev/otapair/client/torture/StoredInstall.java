package dev.otapair.client.torture;

import dev.otapair.client.store.AttemptFile;
import dev.otapair.client.store.Attempts;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.History;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Inventory;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.Journal.Entry;
import dev.otapair.client.store.Journal.Links;
import dev.otapair.client.store.Journal.Step;
import dev.otapair.client.store.Places;
import dev.otapair.client.store.Quarantine;
import dev.otapair.client.store.ReleaseFolder;
import dev.otapair.client.store.ReportFile;
import dev.otapair.client.store.StateFile;
import dev.otapair.client.store.TrustFile;
import dev.otapair.client.store.TrustState;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Request.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What an installation does to the disk of a board, by the store's own classes and in the order of {@code Installer}; no script, nothing
 * unpacked. Not thread-safe.
 */
final class StoredInstall {
    private static final String STATE = "state";
    private static final String TRUST = "trust";
    private static final String ATTEMPTS = "attempts";
    private static final String JOURNAL = "journal";
    private static final String HISTORY = "history";
    private static final String INVENTORY = "inventory";
    private static final String QUARANTINE = "quarantine";
    private static final String REPORT = "report";
    private static final String CURRENT = "current";
    private static final String PREVIOUS = "previous";
    private static final int KEPT_RELEASES = 2;
    private static final Uptime NOW = new Uptime("one-start", 1);

    /** Takes a step, and says what is kept by it. */
    interface Keeper {
        void keep(UnaryOperator<Kept> change, StoredUpdates.Step step) throws IOException;
    }

    /** What an installation comes to. */
    enum End {
        GOOD,
        /** The script failed: it was put back, and is tried again. */
        ABANDONED,
        /** The release did not prove itself. */
        UNDONE
    }

    private final Path stateFolder;
    private final ReleaseFolder releases;
    private final StateFile state;
    private final TrustFile trust;
    private final AttemptFile attempts;
    private final Journal journal;
    private final History history;
    private final Inventory inventory;
    private final Quarantine quarantine;
    private final ReportFile report;

    StoredInstall(Path stateFolder, Path packageFolder, DurableFiles files) {
        this.stateFolder = stateFolder;
        this.releases = new ReleaseFolder(packageFolder, files);
        this.state = new StateFile(stateFolder, files);
        this.trust = new TrustFile(stateFolder, files);
        this.attempts = new AttemptFile(stateFolder, files);
        this.journal = new Journal(stateFolder, files);
        this.history = new History(stateFolder, files);
        this.inventory = new Inventory(stateFolder, files);
        this.quarantine = new Quarantine(stateFolder, files);
        this.report = new ReportFile(stateFolder, files);
    }

    /** Returns where packages are put. */
    Places places() {
        return new Places(Set.of(), history::read, inventory::add);
    }

    /** Returns what is kept besides; changes nothing. */
    Kept look(Kept others) throws IOException {
        Links links = releases.links();
        return others.with(
                        JOURNAL,
                        found(JOURNAL, journal.read().map(StoredInstall::textOf).orElse("")))
                .with(HISTORY, found(HISTORY, textOf(history.read())))
                .with(INVENTORY, found(INVENTORY, textOf(inventory.read())))
                .with(QUARANTINE, found(QUARANTINE, textOf(quarantine.read())))
                .with(
                        REPORT,
                        found(REPORT, report.read().map(StoredInstall::textOf).orElse("")))
                .with(CURRENT, links.current())
                .with(PREVIOUS, links.previous());
    }

    /** Returns what is kept once a package is about to come. */
    Kept claimed(Kept before, Deployment next) {
        Set<String> places = new TreeSet<>(inventory.read());
        places.add(next.place().value());
        return before.with(INVENTORY, textOf(places));
    }

    /** Installs a package that is in its place. */
    void install(Deployment next, long floor, End end, Keeper keeper) throws IOException {
        Optional<Deployment> before = history.current();
        int attempt = attempts.read(next.digest()).failed() + 1;
        Entry begun = note(Entry.begin(next, floor, before, releases.links(), attempt, NOW), keeper);
        carryOn(note(begun.at(Step.APPLYING, NOW), keeper), end, keeper);
    }

    /** Brings to its end what was cut; a release that was proving itself is good. */
    void recover(Keeper keeper) throws IOException {
        Optional<Entry> open = journal.read();
        if (open.isPresent()) {
            carryOn(open.get(), End.GOOD, keeper);
        }
    }

    /** Lets every release be tried again. */
    void lift(Keeper keeper) throws IOException {
        keeper.keep(kept -> kept.with(ATTEMPTS, ""), attempts::clearUnlocked);
        keeper.keep(kept -> kept.with(QUARANTINE, ""), quarantine::clearUnlocked);
    }

    /** Returns what is wrong where a release was installed and nothing is open. */
    List<String> faultsAfter(Deployment installed, Optional<Deployment> before) {
        List<Deployment> good = new ArrayList<>(List.of(installed));
        before.ifPresent(good::add);
        List<String> faults = new ArrayList<>();
        Links expected =
                new Links(installed.target(), before.map(Deployment::target).orElse(""));
        if (!releases.links().equals(expected)) {
            faults.add("I5: the links are " + releases.links());
        }
        if (!history.read().equals(good)) {
            faults.add("I5: history is " + history.read());
        }
        Set<String> places =
                new TreeSet<>(good.stream().map(each -> each.place().value()).toList());
        if (!inventory.read().equals(places)) {
            faults.add("I5: inventory is " + inventory.read());
        }
        if (!quarantine.read().isEmpty() || journal.read().isPresent()) {
            faults.add("I5: open is %s, bad are %s".formatted(journal.read(), quarantine.read()));
        }
        return faults;
    }

    private void carryOn(Entry entry, End end, Keeper keeper) throws IOException {
        switch (entry.step()) {
            case PREPARING -> keeper.keep(kept -> kept.with(JOURNAL, ""), journal::clear);
            case APPLYING, RUNNING -> apply(entry, end, keeper);
            case PROBATION -> prove(entry, end, keeper);
            case GOOD -> record(entry, keeper);
            case ABANDONING -> abandon(entry, keeper);
            case UNDOING -> putBack(entry, keeper);
        }
    }

    private void apply(Entry entry, End end, Keeper keeper) throws IOException {
        point(entry, keeper);
        Entry running = note(entry.led("4711 1", Step.RUNNING, NOW), keeper);
        if (end == End.ABANDONED) {
            abandon(note(running.abandoning(ErrorCode.SCRIPT_FAILED, "status 1", NOW), keeper), keeper);
        } else {
            prove(note(running.at(Step.PROBATION, NOW), keeper), end, keeper);
        }
    }

    private void prove(Entry entry, End end, Keeper keeper) throws IOException {
        point(entry, keeper);
        if (end == End.UNDONE) {
            putBack(note(entry.undoing("not healthy", NOW), keeper), keeper);
        } else {
            record(note(entry.at(Step.GOOD, NOW), keeper), keeper);
        }
    }

    private void record(Entry entry, Keeper keeper) throws IOException {
        Deployment next = entry.next();
        point(entry, keeper);
        TrustState raised = trust.read().atLeast(entry.floor());
        if (!raised.equals(trust.read())) {
            keeper.keep(kept -> kept.with(TRUST, raised.toString()), () -> trust.write(raised));
        }
        installed(next.release(), keeper);
        List<Deployment> good = new ArrayList<>(List.of(next));
        history.read().stream()
                .filter(older -> !older.target().equals(next.target()))
                .limit(KEPT_RELEASES - 1)
                .forEach(good::add);
        keeper.keep(kept -> kept.with(HISTORY, textOf(good)), () -> history.add(next, KEPT_RELEASES));
        removeUnneeded(keeper);
        keeper.keep(kept -> kept.with(ATTEMPTS, ""), attempts::clearUnlocked);
        end(BoardState.GOOD, next, 0, keeper);
    }

    private void putBack(Entry entry, Keeper keeper) throws IOException {
        Deployment bad = entry.next();
        keeper.keep(kept -> kept.with(QUARANTINE, textOf(List.of(bad))), () -> quarantine.add(bad));
        List<Deployment> good = history.read();
        restore(
                good.isEmpty()
                        ? entry.links()
                        : new Links(
                                good.get(0).target(),
                                good.stream()
                                        .skip(1)
                                        .map(Deployment::target)
                                        .findFirst()
                                        .orElse("")),
                keeper);
        if (!good.isEmpty()) {
            installed(good.get(0).release(), keeper);
            note(entry.again(Step.UNDOING, NOW), keeper);
        }
        removeUnneeded(keeper);
        end(BoardState.ROLLED_BACK, bad, ErrorCode.ROLLED_BACK.exitStatus(), keeper);
    }

    private void abandon(Entry entry, Keeper keeper) throws IOException {
        restore(entry.links(), keeper);
        Attempts known = attempts.read(entry.next().digest());
        if (known.failed() < entry.attempt()) {
            Attempts failed = known.failedOnce();
            keeper.keep(kept -> kept.with(ATTEMPTS, failed.toString()), () -> attempts.write(failed));
        }
        end(BoardState.FAILED, entry.next(), ErrorCode.SCRIPT_FAILED.exitStatus(), keeper);
    }

    private Entry note(Entry entry, Keeper keeper) throws IOException {
        keeper.keep(kept -> kept.with(JOURNAL, textOf(entry)), () -> journal.write(entry));
        return entry;
    }

    private void point(Entry entry, Keeper keeper) throws IOException {
        String previous =
                entry.before().map(Deployment::target).orElse(releases.links().previous());
        keeper.keep(
                kept -> kept.with(CURRENT, entry.next().target()).with(PREVIOUS, previous),
                () -> releases.point(entry.next(), entry.before()));
    }

    private void restore(Links links, Keeper keeper) throws IOException {
        keeper.keep(
                kept -> kept.with(CURRENT, links.current()).with(PREVIOUS, links.previous()),
                () -> releases.restore(links));
    }

    private void installed(InstalledRelease release, Keeper keeper) throws IOException {
        keeper.keep(kept -> kept.with(STATE, release + " " + release.release()), () -> state.write(release));
    }

    private void removeUnneeded(Keeper keeper) throws IOException {
        Set<String> idle = new TreeSet<>(inventory.read());
        history.read().forEach(kept -> idle.remove(kept.place().value()));
        Set<String> left = new TreeSet<>(inventory.read());
        left.removeAll(idle);
        keeper.keep(
                kept -> without(kept, idle).with(INVENTORY, textOf(left)),
                () -> inventory.remove(releases.remove(idle)));
    }

    private void end(BoardState told, Deployment about, int status, Keeper keeper) throws IOException {
        Report news =
                new Report(told, Optional.of(about.name()), about.release().release(), status);
        keeper.keep(kept -> kept.with(REPORT, textOf(news)), () -> report.write(news));
        keeper.keep(kept -> kept.with(JOURNAL, ""), journal::clear);
    }

    private static Kept without(Kept before, Set<String> names) {
        Kept kept = before;
        for (String name : names) {
            kept = kept.with(name, "");
        }
        return kept;
    }

    /** What is there, and cannot be read, is damaged. */
    private String found(String name, String read) throws IOException {
        Path file = stateFolder.resolve(name);
        boolean isDamaged = Files.exists(file)
                && CheckedText.read(file, "ota-client-%s/1".formatted(name)).isEmpty();
        return isDamaged ? StoredUpdates.DAMAGED : read;
    }

    private static String textOf(Entry entry) {
        return "%s %s".formatted(entry.step(), entry.next());
    }

    private static String textOf(Report news) {
        return "%s %s %d".formatted(news.state(), news.about().orElseThrow(), news.code());
    }

    private static String textOf(Set<String> places) {
        return String.join(" ", places);
    }

    private static String textOf(List<Deployment> deployments) {
        return deployments.stream().map(Deployment::toString).collect(Collectors.joining(" "));
    }
}
