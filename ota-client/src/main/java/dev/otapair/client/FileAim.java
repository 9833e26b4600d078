package dev.otapair.client;

import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.PieceFolder;
import dev.otapair.client.tree.FileBuilder;
import dev.otapair.client.tree.WrongObjects;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.Manifest;
import java.util.Optional;
import org.slf4j.Logger;

/** A package that is one file, made of the installed one, where that is still here. */
final class FileAim implements Aim {
    private static final Logger LOG = Loggers.of(FileAim.class);

    private final BoardStore store;
    private final PackageResponse whole;
    private final Optional<Deployment> base;
    private final Runnable goesOn;

    /**
     * @param current what is installed; empty where that is not known
     * @param goesOn asked now and then; throws to end the work
     */
    FileAim(BoardStore store, PackageResponse whole, Optional<Deployment> current, Runnable goesOn) {
        this.store = store;
        this.whole = whole;
        this.base = current.filter(each -> each.digest().algorithm() == Digest.Algorithm.SHA256)
                .filter(each -> store.packages()
                        .sizeOf(each.place())
                        .filter(size -> size == each.size())
                        .isPresent());
        this.goesOn = goesOn;
    }

    @Override
    public Digest want() {
        return whole.digest();
    }

    @Override
    public Optional<Digest> base() {
        return base.map(Deployment::digest);
    }

    /** What is damaged shows by what comes of it: reading it twice would cost more. */
    @Override
    public ObjectNumbers damaged() {
        return ObjectNumbers.NONE;
    }

    @Override
    public Optional<byte[]> baseManifest() {
        return Optional.empty();
    }

    @Override
    public Optional<Content> manifest() {
        return Optional.empty();
    }

    @Override
    public void know(byte[] text, Manifest read) {
        throw new IllegalStateException("a file has no manifest");
    }

    @Override
    public boolean isKnown() {
        return true;
    }

    @Override
    public void requireRoom(Plan plan, long room) {
        store.packages().requireRoom(whole, 0);
    }

    @Override
    public ObjectNumbers build(Plan plan, PieceFolder pieces) {
        Optional<FileBuilder.OldFile> old = plan.base()
                .flatMap(known -> base)
                .map(each -> new FileBuilder.OldFile(
                        store.packages().pathOf(each.place()), new Content(each.size(), each.digest())));
        FileBuilder builder = new FileBuilder(old, new Content(whole.size(), whole.digest()), plan, goesOn);
        LOG.info("Putting {} together", whole.latest());
        try {
            store.packages()
                    .make(
                            whole,
                            (target, scratch) -> builder.build(
                                    pieces::verified,
                                    target,
                                    scratch,
                                    store.packages().room()));
            return ObjectNumbers.NONE;
        } catch (WrongObjects e) {
            LOG.warn("{}", e.getMessage());
            if (e.damaged().isEmpty()) {
                throw new OtaException(ErrorCode.DIGEST_MISMATCH, e.getMessage(), e);
            }
            return e.damaged();
        }
    }
}
