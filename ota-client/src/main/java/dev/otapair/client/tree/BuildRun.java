package dev.otapair.client.tree;

import dev.otapair.client.store.FileStamp;
import dev.otapair.client.store.FileStamps;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One making of a release, step after step. Not thread-safe; closed by who began it. */
final class BuildRun implements AutoCloseable {
    private static final DurableFiles FILES = new DurableFiles();
    private static final int NO_FILE = -1;

    private final Optional<CheckedTree> base;
    private final Optional<GuardedFolder> baseFolder;
    private final BuildOrder order;
    private final NewTree tree;
    private final Path target;
    private final Path scratch;
    private final Clock clock;
    private final Runnable goesOn;
    private final BaseObjects objects;
    private final PieceRun pieces;
    private final FileCopier copier;

    /** Files that are their twins under a second name. */
    private final BitSet linked = new BitSet();

    /** Of each object that is written: the file that it is written to, and copied from. */
    private final int[] firstOf;

    private BuildRun(
            Optional<CheckedTree> base,
            Optional<GuardedFolder> baseFolder,
            BuildOrder order,
            PieceSource source,
            NewTree tree,
            Path target,
            Path scratch,
            Clock clock,
            Runnable goesOn) {
        this.base = base;
        this.baseFolder = baseFolder;
        this.order = order;
        this.tree = tree;
        this.target = target;
        this.scratch = scratch;
        this.clock = clock;
        this.goesOn = goesOn;
        this.objects = new BaseObjects(
                this::openHeld, number -> base.orElseThrow().files().object(number), new FileDigester(goesOn));
        this.pieces = new PieceRun(objects, source, goesOn);
        this.copier = new FileCopier(goesOn);
        this.firstOf = new int[order.files().objects()];
        Arrays.fill(firstOf, NO_FILE);
    }

    /**
     * Opens the installed release, and makes the new one's folder.
     *
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE, also if there is one; IO_ERROR
     */
    static BuildRun begin(
            Optional<CheckedTree> base,
            BuildOrder order,
            PieceSource source,
            Path target,
            Path scratch,
            Clock clock,
            Runnable goesOn) {
        Optional<GuardedFolder> baseFolder = base.flatMap(BuildRun::open);
        try {
            NewTree tree = NewTree.create(target, order.isRoot());
            return new BuildRun(base, baseFolder, order, source, tree, target, scratch, clock, goesOn);
        } catch (RuntimeException e) {
            close(baseFolder, e);
            throw e;
        }
    }

    /**
     * Makes all of it; once this returns it is on the disk.
     *
     * @throws IOException if the folder for what is needed on the way cannot be made
     */
    void make() throws WrongObjects, IOException {
        FILES.deleteTree(scratch);
        FILES.ensureOwnFolder(scratch);
        makeFolders();
        linkFiles();
        findPlaces();
        applyPieces();
        writeFiles();
        makeLinks();
        finishFiles();
        finishFolders();
    }

    /** Takes note that the files of the base have got more names, or have lost them again. */
    void lookAtBaseAgain() {
        for (int file = linked.nextSetBit(0); file >= 0; file = linked.nextSetBit(file + 1)) {
            int twin = order.twinOf(file).orElseThrow();
            CheckedTree checked = base.orElseThrow();
            Instant lookedAt = clock.instant();
            Optional<FileStamp> known = checked.stamp(twin);
            look(baseFolder.orElseThrow(), file)
                    .map(FileLook::stamp)
                    .filter(stamp -> known.filter(stamp::isOfSameContent).isPresent())
                    .ifPresent(stamp -> checked.refresh(twin, stamp, lookedAt));
        }
    }

    /** Returns how the new files look, as far as their contents have been read. */
    FileStamps stamps() {
        FileTable files = order.files();
        FileStamps stamps = new FileStamps(files.size());
        try (GuardedFolder made = GuardedFolder.open(target)) {
            for (int file = 0; file < files.size(); file++) {
                if (!linked.get(file)
                        || base.orElseThrow().isVerified(order.twinOf(file).orElseThrow())) {
                    Instant lookedAt = clock.instant();
                    int number = file;
                    look(made, file)
                            .map(FileLook::stamp)
                            .filter(stamp -> stamp.isSettled(lookedAt))
                            .ifPresent(stamp -> stamps.put(number, stamp));
                }
            }
        } catch (IOException e) {
            // They are read again then.
            return new FileStamps(files.size());
        }
        return stamps;
    }

    @Override
    public void close() throws IOException {
        objects.close();
        if (baseFolder.isPresent()) {
            baseFolder.get().close();
        }
    }

    private void makeFolders() {
        for (ManifestEntry entry : order.wanted().entries()) {
            if (entry instanceof ManifestEntry.Folder folder) {
                goesOn.run();
                tree.make(folder);
            }
        }
    }

    private void linkFiles() throws IOException {
        if (baseFolder.isEmpty()) {
            return;
        }
        try (GuardedFolder made = GuardedFolder.open(target)) {
            for (int file = 0; file < order.files().size(); file++) {
                if (order.isLinkable(file)) {
                    goesOn.run();
                    linked.set(file, link(baseFolder.get(), made, file));
                }
            }
        }
    }

    /** Java links by the whole path, so what has been linked is looked at afterwards. */
    private boolean link(GuardedFolder old, GuardedFolder made, int file) throws IOException {
        Optional<FileLook> before = order.linkTo(old, file);
        if (before.isEmpty()) {
            return false;
        }
        String path = order.files().file(file).path();
        Path place = tree.placeOf(path);
        try {
            Files.createLink(place, old.pathOf(path));
        } catch (IOException e) {
            // Too many names, or a file system or kernel that does not allow it here.
            return false;
        }
        Instant lookedAt = clock.instant();
        Optional<FileLook> after = look(made, file).filter(before.get()::isSameFile);
        if (after.isEmpty()) {
            Files.delete(place);
            return false;
        }
        base.orElseThrow().refresh(order.twinOf(file).orElseThrow(), after.get().stamp(), lookedAt);
        return true;
    }

    private void findPlaces() {
        FileTable files = order.files();
        for (int file = linked.nextClearBit(0); file < files.size(); file = linked.nextClearBit(file + 1)) {
            int object = files.objectOf(file);
            if (firstOf[object] == NO_FILE) {
                firstOf[object] = file;
            }
        }
    }

    private void applyPieces() throws WrongObjects {
        BitSet needed = order.needed(linked);
        for (Piece piece : order.plan().pieces()) {
            if (piece.side() == Side.OLD) {
                pieces.apply(piece, objects::content, this::repairedOf);
                piece.makes().forEach(object -> objects.repair(object, repairedOf(object)));
            } else if (BuildOrder.isOfUse(piece, needed)) {
                pieces.apply(piece, order.files()::object, this::placeOf);
            }
        }
    }

    private Path repairedOf(int object) {
        return scratch.resolve("old-" + object);
    }

    /** What is made beside others, and not needed, goes where it is removed from. */
    private Path placeOf(int object) {
        int first = firstOf[object];
        return first == NO_FILE
                ? scratch.resolve("new-" + object)
                : tree.placeOf(order.files().file(first).path());
    }

    private void writeFiles() throws WrongObjects {
        FileTable files = order.files();
        for (int file = linked.nextClearBit(0); file < files.size(); file = linked.nextClearBit(file + 1)) {
            goesOn.run();
            int object = files.objectOf(file);
            Path place = tree.placeOf(files.file(file).path());
            if (firstOf[object] != file) {
                copyMade(placeOf(object), files.object(object).size(), place);
            } else if (files.object(object).size() == 0) {
                FileCopier.makeEmpty(place);
            } else if (!order.isMade(object)) {
                copyHeld(file, order.oldOf(object).orElseThrow(), place);
            }
        }
    }

    private void copyMade(Path from, long size, Path to) {
        try (FileChannel made = FileChannel.open(from, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            copier.copy(made, size, to);
        } catch (IOException e) {
            throw FileFault.unwritable(to, e);
        }
    }

    private void copyHeld(int file, int old, Path to) throws WrongObjects {
        if (!objects.isRepaired(old) && copyUnread(file, old, to)) {
            return;
        }
        try (FileChannel content = objects.open(old)) {
            if (copier.copyVerified(content, objects.content(old), to)) {
                return;
            }
        } catch (IOException e) {
            throw WrongObjects.ofBase(List.of(old));
        }
        throw WrongObjects.ofBase(List.of(old));
    }

    /** A file that looks as it did when it was read need not be read again. */
    private boolean copyUnread(int file, int old, Path to) {
        CheckedTree checked = base.orElseThrow();
        int holder = order.twinOf(file).orElseGet(() -> checked.holderOf(old).orElseThrow());
        if (!checked.isVerified(holder)) {
            return false;
        }
        String path = checked.files().file(holder).path();
        GuardedFolder folder = baseFolder.orElseThrow();
        try (FileChannel content = folder.read(path)) {
            Optional<FileStamp> now = folder.look(path).map(FileLook::stamp);
            if (!now.equals(checked.stamp(holder))) {
                return false;
            }
            copier.copy(content, objects.content(old).size(), to);
            return true;
        } catch (IOException e) {
            // Whether it cannot be read or written, the slow way tells.
            return false;
        }
    }

    private void makeLinks() {
        for (ManifestEntry entry : order.wanted().entries()) {
            if (entry instanceof ManifestEntry.Link link) {
                goesOn.run();
                tree.make(link);
            }
        }
    }

    private void finishFiles() {
        FileTable files = order.files();
        for (int file = linked.nextClearBit(0); file < files.size(); file = linked.nextClearBit(file + 1)) {
            goesOn.run();
            tree.apply(files.file(file));
        }
        for (int file = linked.nextClearBit(0); file < files.size(); file = linked.nextClearBit(file + 1)) {
            goesOn.run();
            tree.force(files.file(file));
        }
    }

    /** What is in a folder comes before it. */
    private void finishFolders() {
        List<ManifestEntry> entries = order.wanted().entries();
        for (int entry = entries.size() - 1; entry >= 0; entry--) {
            if (entries.get(entry) instanceof ManifestEntry.Folder folder) {
                goesOn.run();
                tree.apply(folder);
            }
        }
        for (ManifestEntry entry : entries) {
            if (entry instanceof ManifestEntry.Folder folder) {
                goesOn.run();
                tree.force(folder);
            }
        }
        tree.finish();
    }

    private FileChannel openHeld(int object) throws IOException {
        CheckedTree checked = base.orElseThrow();
        int holder = checked.holderOf(object).orElseThrow(() -> new NoSuchFileException("object " + object));
        return baseFolder
                .orElseThrow(() -> new NoSuchFileException("object " + object))
                .read(checked.files().file(holder).path());
    }

    private Optional<FileLook> look(GuardedFolder folder, int file) {
        try {
            return folder.look(order.files().file(file).path());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<GuardedFolder> open(CheckedTree tree) {
        Path root = tree.tree().folder();
        try {
            return Optional.of(GuardedFolder.open(root));
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw FileFault.unreadable(root, e);
        }
    }

    private static void close(Optional<GuardedFolder> folder, RuntimeException failure) {
        try {
            if (folder.isPresent()) {
                folder.get().close();
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
