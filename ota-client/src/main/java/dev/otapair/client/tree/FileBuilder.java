package dev.otapair.client.tree;

import dev.otapair.client.store.DiskBlocks;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes a package that is one file of the installed one and the pieces of a plan, without a network: object 0 is the package. Takes the
 * same memory for every size. Immutable; for any thread.
 *
 * @see "PROTOCOL.md, section 9.2: Plans"
 */
public final class FileBuilder {
    private static final DurableFiles FILES = new DurableFiles();
    private static final int PACKAGE = 0;
    private static final Set<PosixFilePermission> EVERYBODY = PosixFilePermissions.fromString("rw-r--r--");

    private final Optional<OldFile> base;
    private final Content wanted;
    private final Plan plan;
    private final Runnable goesOn;

    /**
     * The installed package.
     *
     * @param file may be missing or damaged
     * @param content what it should be
     */
    public record OldFile(Path file, Content content) {}

    /**
     * Sees that a plan fits; writes nothing, and needs no piece.
     *
     * @param base the installed package; empty if there is none
     * @param goesOn asked now and then; throws {@link OtaException} to end the work
     * @throws OtaException METADATA_REJECTED if the plan is none for these two
     */
    public FileBuilder(Optional<OldFile> base, Content wanted, Plan plan, Runnable goesOn) {
        this.base = base;
        this.wanted = wanted;
        this.plan = plan;
        this.goesOn = goesOn;
        require(plan.want().equals(wanted.sha256()), "it makes %s, not %s".formatted(plan.want(), wanted.sha256()));
        Optional<Digest> held = base.map(OldFile::content).map(Content::sha256);
        require(
                plan.base().isEmpty() || plan.base().equals(held),
                "it builds on another package than the installed one");
        for (Piece piece : plan.pieces()) {
            require(
                    Stream.concat(piece.makes().stream(), piece.from().stream()).allMatch(each -> each == PACKAGE),
                    "a package is object 0, and no other");
            require(contentOf(piece.side()).size() > 0, "it makes an empty file");
        }
    }

    /** Returns how much of the disk the new package takes, in bytes, with what is needed for it on the way. */
    public long bytesNeeded() {
        return plan.pieces().stream()
                .filter(piece -> piece.side() == Side.OLD)
                .mapToLong(piece -> DiskBlocks.of(contentOf(Side.OLD).size()))
                .reduce(DiskBlocks.of(wanted.size()), Disk::sum);
    }

    /**
     * Makes the package; once this returns it is verified and on the disk for good, but for its name, which the caller changes. Readable
     * by everybody.
     *
     * @param target a file; what is there is removed
     * @param scratch likewise, for the installed package where it has to be made anew; removed in the end
     * @param room bytes that may be used
     * @throws WrongObjects if it does not come out; the file is gone then
     * @throws OtaException CANNOT_WRITE; or as {@code pieces} does. The file is gone then
     */
    public void build(PieceSource pieces, Path target, Path scratch, long room) throws WrongObjects {
        Disk.requireRoom(target, bytesNeeded(), room);
        try {
            FILES.deleteTree(target);
            FILES.deleteTree(scratch);
            make(pieces, target, scratch);
            bringToDisk(target);
            FILES.deleteTree(scratch);
        } catch (WrongObjects | RuntimeException | Error e) {
            Disk.removeAfter(e, target, scratch);
            throw e;
        } catch (IOException e) {
            Disk.removeAfter(e, target, scratch);
            throw FileFault.unwritable(target, e);
        }
    }

    private void make(PieceSource pieces, Path target, Path scratch) throws WrongObjects, IOException {
        try (BaseObjects objects = new BaseObjects(this::openHeld, this::old, new FileDigester(goesOn))) {
            make(objects, new PieceRun(objects, pieces, goesOn), target, scratch);
        }
    }

    private void make(BaseObjects objects, PieceRun run, Path target, Path scratch) throws WrongObjects {
        boolean isMade = false;
        for (Piece piece : plan.pieces()) {
            if (piece.side() == Side.OLD) {
                run.apply(piece, this::old, object -> scratch);
                objects.repair(PACKAGE, scratch);
            } else {
                run.apply(piece, object -> wanted, object -> target);
                isMade = true;
            }
        }
        if (!isMade && wanted.size() == 0) {
            FileCopier.makeEmpty(target);
        } else if (!isMade) {
            copy(objects, target);
        }
    }

    private void copy(BaseObjects objects, Path target) throws WrongObjects {
        if (base.isEmpty() || !base.get().content().equals(wanted)) {
            throw WrongObjects.ofPlan("the plan leaves out what the board does not have", List.of(PACKAGE));
        }
        try (FileChannel content = objects.open(PACKAGE)) {
            if (new FileCopier(goesOn).copyVerified(content, wanted, target)) {
                return;
            }
        } catch (IOException e) {
            throw WrongObjects.ofBase(List.of(PACKAGE));
        }
        throw WrongObjects.ofBase(List.of(PACKAGE));
    }

    private FileChannel openHeld(int object) throws IOException {
        Path file = base.map(OldFile::file).orElseThrow(() -> new NoSuchFileException("the installed package"));
        // A pipe would be waited for.
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileSystemException(file.toString(), null, "it is no file");
        }
        return FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }

    private Content old(int object) {
        return contentOf(Side.OLD);
    }

    private Content contentOf(Side side) {
        return side == Side.NEW ? wanted : base.orElseThrow().content();
    }

    private static void bringToDisk(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            Files.setPosixFilePermissions(file, EVERYBODY);
            channel.force(true);
        }
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new OtaException(ErrorCode.METADATA_REJECTED, "the plan does not fit: " + fault);
        }
    }
}
