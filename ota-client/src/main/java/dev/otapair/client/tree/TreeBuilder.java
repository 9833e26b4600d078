package dev.otapair.client.tree;

import dev.otapair.client.store.SeenFiles;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.release.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/**
 * Makes a release's folder of the installed one and the pieces of a plan, without a network. Each content is verified while it is
 * written. The installed release is not changed; files that stay as they are get a second name in the new one. Takes the same memory for
 * every size of a file, and some words for each. Not thread-safe.
 *
 * @see "docs/increments.md, section 3: On the board"
 */
public final class TreeBuilder {
    private static final DurableFiles FILES = new DurableFiles();

    private final Optional<CheckedTree> base;
    private final BuildOrder order;
    private final SeenFiles seen;
    private final Clock clock;
    private final Runnable goesOn;

    private TreeBuilder(Optional<CheckedTree> base, BuildOrder order, SeenFiles seen, Clock clock, Runnable goesOn) {
        this.base = base;
        this.order = order;
        this.seen = seen;
        this.clock = clock;
        this.goesOn = goesOn;
    }

    /**
     * Sees that a plan can make a release of what the board has; writes nothing, and needs no piece.
     *
     * @param base the installed release, of which everything that the plan builds on was looked at; empty if there is none
     * @param wanted what is to come of it; its SHA-256 has been verified
     * @param clock by which the kernel gives files their times
     * @param goesOn asked now and then; throws {@link OtaException} to end the work
     * @throws WrongObjects if the plan takes for granted what the board does not have, or leaves something out
     * @throws OtaException METADATA_REJECTED if the plan is none for these two; IO_ERROR
     */
    public static TreeBuilder of(
            Optional<CheckedTree> base, Manifest wanted, Plan plan, SeenFiles seen, Clock clock, Runnable goesOn)
            throws WrongObjects {
        return new TreeBuilder(base, BuildOrder.of(base, wanted, plan), seen, clock, goesOn);
    }

    /** Returns how much of the disk the new release takes, in bytes, with what is needed for it on the way. */
    public long bytesNeeded() {
        return order.bytesNeeded();
    }

    /**
     * Sees that it fits.
     *
     * @param place of the new release, to be named
     * @param room bytes that may be used
     * @throws OtaException CANNOT_WRITE if it does not
     */
    public void requireRoom(Path place, long room) {
        Disk.requireRoom(place, order.bytesNeeded(), room);
    }

    /**
     * Makes the folder; once this returns, all of it is on the disk for good, but for the folder's own name, which the caller changes.
     * Modes and times are those of the manifest; owners are as well when root makes it, and nothing is set-uid or set-gid when somebody
     * else does.
     *
     * @param target absolute, beside the installed release; made here, its parent is there
     * @param scratch likewise, for what is needed on the way; removed if it is there, and in the end
     * @param room bytes that may be used
     * @throws WrongObjects if something does not come out as it should; the folder is gone then
     * @throws OtaException CANNOT_WRITE if there is such a folder, or no room; IO_ERROR; or as {@code pieces} does. The folder is gone
     *     then, unless it was there before
     */
    public void build(PieceSource pieces, Path target, Path scratch, long room) throws WrongObjects {
        requireRoom(target, room);
        try (BuildRun run = BuildRun.begin(base, order, pieces, target, scratch, clock, goesOn)) {
            make(run, target, scratch);
            seen.write(order.plan().want(), run.stamps());
        } catch (IOException e) {
            throw FileFault.unwritable(target, e);
        }
    }

    private void make(BuildRun run, Path target, Path scratch) throws WrongObjects, IOException {
        try {
            run.make();
            FILES.deleteTree(scratch);
        } catch (WrongObjects | IOException | RuntimeException | Error e) {
            Disk.removeAfter(e, target, scratch);
            throw e;
        } finally {
            run.lookAtBaseAgain();
            base.ifPresent(tree -> seen.write(tree.tree().id(), tree.lasting()));
        }
    }
}
