package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.store.Answer;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.History;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Inventory;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.ManifestFolder;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PieceFolder;
import dev.otapair.client.store.Places;
import dev.otapair.client.store.PlanFile;
import dev.otapair.client.store.Quarantine;
import dev.otapair.client.store.ReleaseFolder;
import dev.otapair.client.store.ReportFile;
import dev.otapair.client.store.Reserve;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.client.store.Staged;
import dev.otapair.client.store.StateFile;
import dev.otapair.client.store.TreeIndex;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * All that a board keeps about releases.
 *
 * @param packages what has come, whole and in part
 * @param releases what {@code current} and {@code previous} name
 * @param state what is installed
 * @param history what was good here, and is still here
 * @param journal the installation that has not come to its end
 * @param quarantine what was taken back
 * @param answer what the application says of a release that is proving itself
 * @param staged what has come and waits for its time
 * @param trees what is known of the unpacked ones
 * @param plan which is being followed
 * @param pieces what has come of one that is to be put together
 * @param inventory which places of the folder of packages are ours
 * @param reserve room for the way back
 * @param report what the server is to be told
 */
record BoardStore(
        PackageFolder packages,
        ReleaseFolder releases,
        StateFile state,
        History history,
        Journal journal,
        Quarantine quarantine,
        Answer answer,
        Staged staged,
        BoardTrees trees,
        PlanFile plan,
        PieceFolder pieces,
        Inventory inventory,
        Reserve reserve,
        ReportFile report) {
    private static final Logger LOG = Loggers.of(BoardStore.class);

    /** No content has it. */
    private static final Digest UNKNOWN = new Digest(Digest.Algorithm.SHA256, "0".repeat(64));

    /** @param goesOn asked now and then while packages and pieces are read; throws to end the work */
    static BoardStore of(ClientConfig config, DurableFiles files, Runnable goesOn) {
        History history = new History(config.stateFolder(), files);
        StateFile state = new StateFile(config.stateFolder(), files);
        Inventory inventory = new Inventory(config.stateFolder(), files);
        Places places = new Places(config.namesInPackages(), () -> kept(history, state), inventory::add);
        ReleaseFolder releases = new ReleaseFolder(config.packages(), files);
        return new BoardStore(
                new PackageFolder(config.packages(), config.maxPackageSize(), files, places, goesOn),
                releases,
                state,
                history,
                new Journal(config.stateFolder(), files),
                new Quarantine(config.stateFolder(), files),
                new Answer(config.stateFolder(), files),
                new Staged(config.stateFolder(), files),
                new BoardTrees(
                        releases,
                        new TreeIndex(config.stateFolder(), files),
                        new ManifestFolder(config.stateFolder(), files),
                        new SeenFiles(config.stateFolder(), files)),
                new PlanFile(config.stateFolder(), files),
                new PieceFolder(config.packages(), files, goesOn),
                inventory,
                new Reserve(config.stateFolder(), files),
                new ReportFile(config.stateFolder(), files));
    }

    /** Where no history is known, what is recorded as installed must not be overwritten either. */
    private static List<Deployment> kept(History history, StateFile state) {
        List<Deployment> good = history.read();
        InstalledRelease recorded = state.read(Optional.empty());
        return good.isEmpty() && recorded.name().isPresent()
                ? List.of(new Deployment(
                        recorded, recorded.name().get(), recorded.sha256().orElse(UNKNOWN), 0, false))
                : good;
    }

    /**
     * Returns what the board runs: what {@code current} names, where that is a release that was good here; somebody may have switched
     * the link. Else what is recorded.
     */
    InstalledRelease running(Optional<PackageName> seed) {
        return switchedTo().map(Deployment::release).orElseGet(() -> state.read(seed));
    }

    /**
     * Records what {@code current} names, where somebody has switched it.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void followLink() {
        switchedTo().ifPresent(now -> {
            LOG.warn("Somebody has switched current to {}; that is what counts as installed", now);
            state.write(now.release());
            history.add(now, history.read().size());
        });
    }

    private Optional<Deployment> switchedTo() {
        List<Deployment> good = history.read();
        boolean isAsRecorded = good.isEmpty() || journal.read().isPresent() || releases.isCurrent(good.get(0));
        return isAsRecorded
                ? Optional.empty()
                : good.stream().filter(releases::isCurrent).findFirst();
    }

    /**
     * Says whether a release is here as it was verified. What cannot be read is not.
     *
     * @param goesOn asked now and then; throws to end the work
     */
    boolean isIntact(Deployment deployment, Runnable goesOn) {
        try {
            boolean isPackage = packages.holds(deployment.place(), deployment.size(), deployment.digest(), goesOn);
            return deployment.isUnpacked()
                    ? releases.holds(deployment) && (isPackage || !packages.isThere(deployment.place()))
                    : isPackage;
        } catch (OtaException e) {
            // To be told to end says nothing of the release.
            goesOn.run();
            LOG.warn("{}", e.getMessage());
            return false;
        }
    }

    /** Returns what programs are told a release's package is: where it was put together here, its folder. */
    Path packageOf(Deployment deployment) {
        return packages.isThere(deployment.place())
                ? packages.pathOf(deployment.place())
                : releases.placeOf(deployment);
    }

    /** Returns the places of what was good here, the installed one among them. */
    Set<PackageName> keptPlaces() {
        return kept(history, state).stream().map(Deployment::place).collect(Collectors.toSet());
    }

    /**
     * Notes a step of an installation before it is taken, if need be with the room that was kept for that.
     *
     * @return the same
     * @throws OtaException CANNOT_WRITE
     */
    Journal.Entry note(Journal.Entry step) {
        return reserve.spend(() -> journal.write(step));
    }

    /**
     * Removes packages and folders that this client has put here, and that nobody needs any more.
     *
     * @param wanted places that are needed besides those of releases that are kept, or wait
     * @throws OtaException CANNOT_WRITE
     */
    void removeUnneeded(Set<PackageName> wanted) {
        Set<String> idle = new TreeSet<>(inventory.read());
        wanted.forEach(place -> idle.remove(place.value()));
        // Where the history is lost, these are what is left to know.
        idle.remove(state.read(Optional.empty()).toString());
        idle.removeAll(releases.linkedNames());
        history.read().forEach(kept -> idle.remove(kept.place().value()));
        staged.read().map(Staged.Entry::whole).map(packages::placeOf).ifPresent(place -> idle.remove(place.value()));
        Optional<Deployment> staying =
                history.current().filter(kept -> !idle.contains(kept.place().value()));
        List<String> empty = idle.isEmpty() ? List.of() : trees.remove(idle, staying);
        inventory.remove(empty);
        trees.tidy(empty, plan.read().map(Plan::want));
    }

    /**
     * Removes what a cut has left of releases that were taken back; no other package is touched, as one may wait for another try.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void removeTakenBack() {
        Set<PackageName> others =
                inventory.read().stream().map(PackageName::new).collect(Collectors.toSet());
        quarantine.read().stream()
                .filter(bad -> packages.sizeOf(bad.place())
                        .map(size -> size == bad.size())
                        .orElse(true))
                .filter(bad -> !trees.index().isOfAnother(bad))
                .forEach(bad -> others.remove(bad.place()));
        removeUnneeded(others);
    }
}
