package dev.otapair.client;

import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.PieceFolder;
import dev.otapair.client.tree.CheckedTree;
import dev.otapair.client.tree.TreeBuilder;
import dev.otapair.client.tree.WrongObjects;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/** The installed release once more: what is damaged of it comes, and is put where it belongs. */
final class RepairAim implements Aim {
    private static final Logger LOG = Loggers.of(RepairAim.class);

    private final BoardStore store;
    private final Deployment installed;
    private final CheckedTree found;
    private final Workshop workshop;
    private final Runnable goesOn;
    private boolean isDone;

    /**
     * @param found what is left of it
     * @param workshop where the copy is made that the parts are taken of
     * @param goesOn asked now and then; throws to end the work
     */
    RepairAim(BoardStore store, Deployment installed, CheckedTree found, Workshop workshop, Runnable goesOn) {
        this.store = store;
        this.installed = installed;
        this.found = found;
        this.workshop = workshop;
        this.goesOn = goesOn;
    }

    /** Says whether it has been built. */
    boolean isDone() {
        return isDone;
    }

    /** Returns what it takes where every content is here somewhere: nothing. */
    Plan withoutPieces() {
        return new Plan(want(), base(), List.of());
    }

    @Override
    public Digest want() {
        return found.tree().id();
    }

    @Override
    public Optional<Digest> base() {
        return Optional.of(want());
    }

    @Override
    public ObjectNumbers damaged() {
        return found.damaged();
    }

    @Override
    public Optional<byte[]> baseManifest() {
        return Optional.of(found.tree().manifest().toBytes());
    }

    @Override
    public Optional<Content> manifest() {
        return Optional.of(new Content(found.tree().manifest().toBytes().length, want()));
    }

    /** It is known. */
    @Override
    public void know(byte[] text, Manifest read) {}

    @Override
    public boolean isKnown() {
        return true;
    }

    @Override
    public void requireRoom(Plan plan, long room) {
        try {
            builder(plan).requireRoom(store.releases().placeOf(installed), room);
        } catch (WrongObjects e) {
            throw new OtaException(ErrorCode.DIGEST_MISMATCH, e.getMessage(), e);
        }
    }

    @Override
    public ObjectNumbers build(Plan plan, PieceFolder pieces) {
        LOG.info("Putting {} right", installed);
        try {
            TreeBuilder builder = builder(plan);
            workshop.mend(
                    installed,
                    found,
                    (copy, scratch) -> builder.build(
                            pieces::verified, copy, scratch, store.packages().room()));
            isDone = true;
            return ObjectNumbers.NONE;
        } catch (WrongObjects e) {
            LOG.warn("{}", e.getMessage());
            throw new OtaException(ErrorCode.DIGEST_MISMATCH, e.getMessage(), e);
        }
    }

    private TreeBuilder builder(Plan plan) throws WrongObjects {
        return TreeBuilder.of(
                plan.base().map(known -> found),
                found.tree().manifest(),
                plan,
                store.trees().seen(),
                Clock.systemUTC(),
                goesOn);
    }
}
