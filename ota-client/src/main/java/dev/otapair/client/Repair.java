package dev.otapair.client;

import dev.otapair.client.install.Unpacker;
import dev.otapair.client.install.Unpacker.LinkTargets;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.tree.CheckedTree;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;

/**
 * Puts right what of the installed release is not as it was published: with what the board has, where that does, else with what its server
 * has, as little of it as there is a way for. No script runs. One run; the caller holds the run lock.
 *
 * @see "docs/increments.md, section 3: On the board"
 */
final class Repair {
    private static final Logger LOG = Loggers.of(Repair.class);

    private final BoardStore store;
    private final boolean isIncremental;
    private final Function<Aims, Optional<PackageResponse>> server;
    private final Runnable goesOn;
    private final Inspector inspector;
    private final Workshop workshop;

    /**
     * @param isIncremental whether less than a package may be asked for
     * @param server fetches the installed release's package, or what of it is aimed at; empty where it has another release on offer, or none
     * @param goesOn asked now and then; throws to end the work
     */
    Repair(BoardStore store, boolean isIncremental, Function<Aims, Optional<PackageResponse>> server, Runnable goesOn) {
        this.store = store;
        this.isIncremental = isIncremental;
        this.server = server;
        this.goesOn = goesOn;
        this.inspector = new Inspector(store, goesOn);
        this.workshop = new Workshop(store, goesOn);
    }

    /**
     * Looks, puts right, and looks again.
     *
     * @return what is left; with a reason where that could not be put right
     * @throws OtaException IO_ERROR if the release cannot be read; the signal's code
     */
    Inspection run(InstalledRelease installed) {
        Inspector.Finding found = inspector.inspect(installed);
        if (found.inspection().isIntact()) {
            found.tree().flatMap(tree -> found.deployment()).ifPresent(this::dropDamagedPackage);
            return found.inspection();
        }
        LOG.warn(
                "{} is not as it was published in {}",
                installed,
                Count.of(found.inspection().count() - found.inspection().extras(), "place"));
        Optional<String> why = Optional.empty();
        try {
            Deployment deployment = found.deployment().orElseThrow();
            if (found.tree().isPresent()) {
                mend(deployment, found.tree().get());
            } else {
                fetched(deployment, new RepairAims(store, Optional.empty()));
            }
        } catch (OtaException e) {
            goesOn.run();
            LOG.warn("{}", e.getMessage());
            why = Optional.of(e.getMessage());
        }
        found.tree().flatMap(tree -> found.deployment()).ifPresent(this::dropDamagedPackage);
        Inspection left = inspector.inspect(installed).inspection().after(found.inspection());
        return why.filter(reason -> !left.isIntact()).map(left::because).orElse(left);
    }

    private void mend(Deployment installed, CheckedTree found) {
        RepairAim aim = new RepairAim(store, installed, found, workshop, goesOn);
        if (found.damaged().equals(ObjectNumbers.NONE)) {
            aim.build(aim.withoutPieces(), store.pieces());
            return;
        }
        boolean wasHere = store.packages().isThere(installed.place());
        if (wasHere && store.packages().holds(installed.place(), installed.size(), installed.digest())) {
            unpack(installed, installed.place(), found);
            return;
        }
        PackageName place =
                fetched(installed, new RepairAims(store, Optional.<Aim>of(aim).filter(each -> isIncremental)));
        if (!aim.isDone()) {
            unpack(installed, place, found);
            if (!wasHere) {
                store.packages().discard(place);
            }
        }
    }

    /** Returns where the package of what is installed has come, if it was the whole one. */
    private PackageName fetched(Deployment installed, Aims aims) {
        PackageResponse whole = server.apply(aims)
                .filter(came -> came.digest().equals(installed.digest()))
                .orElseThrow(() -> new OtaException(
                        ErrorCode.PACKAGE_UNAVAILABLE,
                        "the server does not offer what is installed here; 'ota-client update' brings what it does offer,"
                                + " 'ota-client install FILE' the installed one anew"));
        return store.packages().placeOf(whole);
    }

    private void unpack(Deployment installed, PackageName place, CheckedTree found) {
        Path whole = store.packages().pathOf(place);
        LOG.info("Unpacking {}", whole);
        Unpacker unpacker =
                new Unpacker(Unpacker.Limits.ofSigned(store.packages().room()), LinkTargets.ANYWHERE, goesOn);
        workshop.<OtaException>mend(installed, found, (copy, scratch) -> unpacker.unpack(whole, copy));
    }

    /** A package that is damaged beside its release would keep the board from going back to that. */
    private void dropDamagedPackage(Deployment installed) {
        boolean isDamaged = store.packages().isThere(installed.place())
                && !store.packages().holds(installed.place(), installed.size(), installed.digest());
        if (installed.isUnpacked() && isDamaged) {
            LOG.warn("The package of {} is damaged, and not needed: it is removed", installed);
            store.packages().discard(installed.place());
        }
    }

    /**
     * The installed release, and no other.
     *
     * @param aim empty where its whole package is to come
     */
    private record RepairAims(BoardStore store, Optional<Aim> aim) implements Aims {
        @Override
        public Optional<Aim> at(PackageResponse whole, Optional<ReleaseMetadata> verified) {
            return aim.filter(each -> verified.flatMap(ReleaseMetadata::manifest)
                    .map(Content::sha256)
                    .filter(each.want()::equals)
                    .isPresent());
        }

        @Override
        public long room() {
            return store.packages().room();
        }

        @Override
        public boolean isBuilt(PackageResponse whole) {
            return false;
        }
    }
}
