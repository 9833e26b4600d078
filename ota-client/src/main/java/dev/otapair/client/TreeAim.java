package dev.otapair.client;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.PieceFolder;
import dev.otapair.client.tree.CheckedTree;
import dev.otapair.client.tree.ReleaseTree;
import dev.otapair.client.tree.TreeBuilder;
import dev.otapair.client.tree.TreeCheck;
import dev.otapair.client.tree.WrongObjects;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;

/** A release that is a tree: a new folder below {@code releases}, beside that of the installed one. */
final class TreeAim implements Aim {
    private static final Logger LOG = Loggers.of(TreeAim.class);

    private final BoardStore store;
    private final Deployment next;
    private final Content wanted;
    private final Optional<ReleaseTree> base;
    private final TreeCheck check;
    private final Runnable goesOn;
    private Optional<CheckedTree> checked = Optional.empty();
    private Optional<Manifest> manifest = Optional.empty();

    /**
     * @param next where it is to be
     * @param wanted size and SHA-256 of its manifest, signed
     * @param current what is installed; empty where that is not known
     * @param goesOn asked now and then; throws to end the work
     */
    TreeAim(
            BoardStore store,
            Revalidate revalidate,
            Deployment next,
            Content wanted,
            Optional<Deployment> current,
            Runnable goesOn) {
        this.store = store;
        this.next = next;
        this.wanted = wanted;
        this.base = current.flatMap(store.trees()::of);
        this.check = new TreeCheck(revalidate, store.trees().seen(), Clock.systemUTC(), goesOn);
        this.goesOn = goesOn;
    }

    @Override
    public Digest want() {
        return wanted.sha256();
    }

    @Override
    public Optional<Digest> base() {
        return base.map(ReleaseTree::id);
    }

    @Override
    public ObjectNumbers damaged() {
        return looked().map(CheckedTree::damaged).orElse(ObjectNumbers.NONE);
    }

    @Override
    public Optional<byte[]> baseManifest() {
        return base.map(tree -> tree.manifest().toBytes());
    }

    @Override
    public Optional<Content> manifest() {
        return Optional.of(wanted);
    }

    @Override
    public void know(byte[] text, Manifest read) {
        store.trees().manifests().write(text);
        manifest = Optional.of(read);
    }

    @Override
    public boolean isKnown() {
        if (manifest.isEmpty()) {
            manifest = store.trees().manifests().read(wanted.sha256()).map(Manifest::parse);
        }
        return manifest.isPresent();
    }

    /** What turns out to be damaged here is found, and asked for, when it is built. */
    @Override
    public void requireRoom(Plan plan, long room) {
        try {
            builder(plan).requireRoom(store.releases().placeOf(next), room);
        } catch (WrongObjects e) {
            LOG.debug("{}", e.getMessage());
        }
    }

    @Override
    public ObjectNumbers build(Plan plan, PieceFolder pieces) {
        Path target = store.releases().unpacking(next);
        try {
            LOG.info("Putting {} together", next);
            TreeBuilder builder = builder(plan);
            builder.build(
                    pieces::verified,
                    target,
                    store.releases().scratch(),
                    store.packages().room());
        } catch (WrongObjects e) {
            LOG.warn("{}", e.getMessage());
            if (e.damaged().isEmpty()) {
                throw new OtaException(ErrorCode.DIGEST_MISMATCH, e.getMessage(), e);
            }
            checked = Optional.empty();
            return e.damaged();
        }
        store.packages().claim(next.whole());
        store.packages().discard(next.place());
        store.trees().built(next, wanted.sha256());
        return ObjectNumbers.NONE;
    }

    private TreeBuilder builder(Plan plan) throws WrongObjects {
        Optional<CheckedTree> from = plan.base().isPresent() ? looked() : Optional.empty();
        return TreeBuilder.of(from, manifest.orElseThrow(), plan, store.trees().seen(), Clock.systemUTC(), goesOn);
    }

    private Optional<CheckedTree> looked() {
        if (checked.isEmpty()) {
            checked = base.map(check::check);
        }
        return checked;
    }
}
