package dev.otapair.client.tree;

import dev.otapair.client.store.DiskBlocks;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where each file of a new release comes from: a plan, tried against what the board has, before anything is written.
 *
 * @see "PROTOCOL.md, section 9.2: Plans"
 */
final class BuildOrder {
    private static final int NO_FILE = -1;

    private final Optional<CheckedTree> base;
    private final Manifest wanted;
    private final Plan plan;
    private final FileTable files;

    /** Which file of the base has the same path and content, and has it still; or none. */
    private final int[] twins;

    /** Those whose twin is as they should be in all other ways as well. */
    private final BitSet linkable = new BitSet();

    private final BitSet madeNew = new BitSet();
    private final BitSet madeOld = new BitSet();
    private final boolean isRoot;
    private long bytesNeeded;

    private BuildOrder(Optional<CheckedTree> base, Manifest wanted, Plan plan) {
        this.base = base;
        this.wanted = wanted;
        this.plan = plan;
        this.files = new FileTable(wanted);
        this.twins = new int[files.size()];
        this.isRoot = OwnProcess.isRoot();
        Arrays.fill(twins, NO_FILE);
    }

    /** As {@link TreeBuilder#of}. */
    static BuildOrder of(Optional<CheckedTree> base, Manifest wanted, Plan plan) throws WrongObjects {
        BuildOrder order = new BuildOrder(base, wanted, plan);
        order.requireFit();
        order.findTwins();
        order.findLinks();
        order.requireSources();
        order.bytesNeeded = order.count();
        return order;
    }

    Manifest wanted() {
        return wanted;
    }

    Plan plan() {
        return plan;
    }

    FileTable files() {
        return files;
    }

    long bytesNeeded() {
        return bytesNeeded;
    }

    boolean isRoot() {
        return isRoot;
    }

    /** Returns the file of the base with the same path that had the same content when it was looked at. */
    OptionalInt twinOf(int file) {
        return twins[file] == NO_FILE ? OptionalInt.empty() : OptionalInt.of(twins[file]);
    }

    /** Says whether a file could be its twin under a second name. */
    boolean isLinkable(int file) {
        return linkable.get(file);
    }

    /** Says whether a piece makes an object of what is wanted. */
    boolean isMade(int object) {
        return madeNew.get(object);
    }

    /** Returns which object of the base an object is. */
    OptionalInt oldOf(int object) {
        return base.isEmpty()
                ? OptionalInt.empty()
                : base.get().files().objectOf(files.object(object).sha256());
    }

    /**
     * Returns the objects that have to be written, if these files need not be.
     *
     * @param linked numbers of files
     */
    BitSet needed(BitSet linked) {
        BitSet needed = new BitSet();
        for (int file = linked.nextClearBit(0); file < files.size(); file = linked.nextClearBit(file + 1)) {
            needed.set(files.objectOf(file));
        }
        return needed;
    }

    private void requireFit() {
        Digest made = wanted.sha256();
        require(plan.want().equals(made), "it makes %s, not %s".formatted(plan.want(), made));
        Optional<Digest> held = base.map(tree -> tree.tree().id());
        require(
                plan.base().isEmpty() || plan.base().equals(held),
                "it builds on %s, installed is %s"
                        .formatted(
                                plan.base().map(Digest::hex).orElse("-"),
                                held.map(Digest::hex).orElse("nothing")));
        FileTable old = base.map(CheckedTree::files).orElseGet(() -> new FileTable(new Manifest(List.of())));
        for (Piece piece : plan.pieces()) {
            FileTable side = piece.side() == Side.NEW ? files : old;
            BitSet all = piece.side() == Side.NEW ? madeNew : madeOld;
            for (int object : piece.makes()) {
                require(
                        object < side.objects() && side.object(object).size() > 0,
                        "it makes object %d, which is none to be made".formatted(object));
                all.set(object);
            }
            for (int object : piece.from()) {
                require(object < old.objects(), "it builds on object %d, which is none".formatted(object));
            }
        }
        for (ManifestEntry entry : wanted.entries()) {
            require(
                    entry.path().chars().filter(each -> each == '/').count() < GuardedFolder.MAX_DEPTH,
                    "%s is nested in more than %d folders".formatted(entry.path(), GuardedFolder.MAX_DEPTH));
        }
    }

    /** Both are in the order of their paths. */
    private void findTwins() {
        if (base.isEmpty()) {
            return;
        }
        CheckedTree tree = base.get();
        int next = 0;
        for (int file = 0; file < files.size(); file++) {
            ManifestEntry.File said = files.file(file);
            byte[] path = key(said);
            while (next < tree.files().size()
                    && Arrays.compareUnsigned(key(tree.files().file(next)), path) < 0) {
                next++;
            }
            if (next < tree.files().size()
                    && tree.holds(next)
                    && isTwin(tree.files().file(next), said)) {
                twins[file] = next;
            }
        }
    }

    private static boolean isTwin(ManifestEntry.File old, ManifestEntry.File said) {
        return old.path().equals(said.path()) && old.content().equals(said.content());
    }

    private static byte[] key(ManifestEntry entry) {
        return entry.path().getBytes(StandardCharsets.UTF_8);
    }

    private void findLinks() {
        if (Arrays.stream(twins).allMatch(twin -> twin == NO_FILE)) {
            return;
        }
        Path root = base.orElseThrow().tree().folder();
        try (GuardedFolder folder = GuardedFolder.open(root)) {
            for (int file = 0; file < files.size(); file++) {
                linkable.set(
                        file, twins[file] != NO_FILE && linkTo(folder, file).isPresent());
            }
        } catch (IOException e) {
            throw FileFault.unreadable(root, e);
        }
    }

    /** Returns what a file's twin looks like, if that is what the file should look like, and nothing has happened to it. */
    Optional<FileLook> linkTo(GuardedFolder folder, int file) {
        ManifestEntry.File said = files.file(file);
        try {
            return folder.look(said.path())
                    .filter(look -> look.isAs(said, isRoot))
                    .filter(look -> base.orElseThrow()
                            .stamp(twins[file])
                            .filter(look.stamp()::equals)
                            .isPresent());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private void requireSources() throws WrongObjects {
        BitSet needed = needed(linkable);
        BitSet builtOn = new BitSet();
        List<Integer> missing = new ArrayList<>();
        for (int object = needed.nextSetBit(0); object >= 0; object = needed.nextSetBit(object + 1)) {
            OptionalInt old = oldOf(object);
            if (madeNew.get(object) || files.object(object).size() == 0) {
                continue;
            }
            if (old.isPresent()) {
                builtOn.set(old.getAsInt());
            } else {
                missing.add(object);
            }
        }
        if (!missing.isEmpty()) {
            throw WrongObjects.ofPlan("the plan leaves out objects that the base does not have", missing);
        }
        for (Piece piece : plan.pieces()) {
            if (isOfUse(piece, needed)) {
                piece.from().forEach(builtOn::set);
            }
        }
        builtOn.andNot(madeOld);
        List<Integer> damaged = builtOn.stream().filter(this::isDamaged).boxed().toList();
        if (!damaged.isEmpty()) {
            throw WrongObjects.ofBase(damaged);
        }
    }

    private boolean isDamaged(int old) {
        CheckedTree tree = base.orElseThrow();
        return tree.files().object(old).size() > 0 && tree.holderOf(old).isEmpty();
    }

    /** Says whether a piece has to be applied. */
    static boolean isOfUse(Piece piece, BitSet needed) {
        return piece.side() == Side.OLD || piece.makes().stream().anyMatch(needed::get);
    }

    private long count() {
        BitSet needed = needed(linkable);
        long bytes = DiskBlocks.BYTES;
        int file = 0;
        for (int entry = 0; entry < wanted.entries().size(); entry++) {
            if (wanted.objectOf(entry) == Manifest.NO_OBJECT) {
                bytes = Disk.sum(bytes, DiskBlocks.BYTES);
            } else if (!linkable.get(file++)) {
                bytes = Disk.sum(
                        bytes,
                        DiskBlocks.of(files.object(wanted.objectOf(entry)).size()));
            }
        }
        for (Piece piece : plan.pieces()) {
            FileTable side =
                    piece.side() == Side.NEW ? files : base.orElseThrow().files();
            for (int object : isOfUse(piece, needed) ? piece.makes() : List.<Integer>of()) {
                if (piece.side() == Side.OLD || !needed.get(object)) {
                    bytes = Disk.sum(bytes, DiskBlocks.of(side.object(object).size()));
                }
            }
        }
        return bytes;
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new OtaException(ErrorCode.METADATA_REJECTED, "the plan does not fit: " + fault);
        }
    }
}
