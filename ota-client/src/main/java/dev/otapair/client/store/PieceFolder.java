package dev.otapair.client.store;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The pieces of plans, in a folder of their own beside the packages: whole ones under their names, which are the SHA-256 of their
 * bytes, and what has come of the next one. A piece is of use under every plan that contains it. What is here is read once by each of
 * these before it counts; what is damaged is removed. Not thread-safe.
 *
 * @see "PROTOCOL.md, section 9: Increments"
 */
public final class PieceFolder {
    static final String NAME = ".pieces";

    private final Path folder;
    private final DurableFiles files;
    private final Runnable goesOn;

    /** Read, and found to be right. */
    private final Set<Digest> whole = new HashSet<>();

    /**
     * @param packages the folder of packages; must exist before anything is written
     * @param goesOn asked now and then while a piece is read; throws to end the work
     */
    public PieceFolder(Path packages, DurableFiles files, Runnable goesOn) {
        this.folder = packages.resolve(NAME);
        this.files = files;
        this.goesOn = goesOn;
    }

    /**
     * Returns the offset of the first byte of a plan's stream that is not here: what is before it need not come again. Reads what is
     * here of its pieces, the first time.
     *
     * @return the plan's length where all are here
     * @throws OtaException CANNOT_WRITE if what is damaged cannot be removed, IO_ERROR
     */
    public long offsetOf(Plan plan) {
        long offset = 0;
        for (Piece piece : plan.pieces()) {
            if (!holds(piece)) {
                return offset + heldOf(piece);
            }
            offset += piece.length();
        }
        return offset;
    }

    /** Returns how many bytes of a plan's pieces are not here; as {@link #offsetOf} otherwise. */
    public long missingOf(Plan plan) {
        Set<Digest> counted = new HashSet<>();
        long missing = 0;
        for (Piece piece : plan.pieces()) {
            if (counted.add(piece.sha256()) && !holds(piece)) {
                missing += piece.length() - heldOf(piece);
            }
        }
        return missing;
    }

    /**
     * Begins to receive a plan's stream, or goes on with it.
     *
     * @param offset of the first byte that comes, at most {@link #offsetOf}; what is here already is passed over
     * @return to be closed by the caller
     * @throws OtaException CANNOT_WRITE
     */
    public PieceStream receive(Plan plan, long offset) {
        if (offset < 0 || offset > offsetOf(plan)) {
            throw new IllegalArgumentException(
                    "a stream from %d on leaves a gap behind %d".formatted(offset, offsetOf(plan)));
        }
        try {
            files.ensureOwnFolder(folder);
            return new PieceStream(this, plan, offset);
        } catch (IOException e) {
            throw FileFault.unwritable(folder, e);
        }
    }

    /**
     * Returns where a whole piece is.
     *
     * @throws OtaException DIGEST_MISMATCH if it is not here, or was damaged: then it is not any more. CANNOT_WRITE, IO_ERROR
     */
    public Path verified(Piece piece) {
        if (!holds(piece)) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH, "%s is not here as it should be".formatted(pathOf(piece)));
        }
        return pathOf(piece);
    }

    /**
     * Removes what none of these plans names, and the folder itself where nothing is left.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void keep(Collection<Plan> plans) {
        Set<String> names = plans.stream()
                .flatMap(plan -> plan.pieces().stream())
                .map(piece -> piece.sha256().hex())
                .collect(Collectors.toSet());
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            files.ensureOwnFolder(folder);
            boolean isEmpty = removeAllBut(names);
            if (isEmpty) {
                files.deleteTree(folder);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(folder, e);
        }
    }

    private boolean removeAllBut(Set<String> names) throws IOException {
        boolean isEmpty = true;
        for (Path each : Folders.list(folder)) {
            String name = each.getFileName().toString();
            if (names.contains(name.replaceFirst("^\\Q" + PartialFile.PREFIX + "\\E", ""))) {
                isEmpty = false;
            } else {
                files.deleteTree(each);
                whole.removeIf(piece -> piece.hex().equals(name));
            }
        }
        return isEmpty;
    }

    /** Returns the file in which a piece comes, open, with what is here of it. */
    PartialFile open(Piece piece) {
        try {
            return PartialFile.resume(folder, announced(piece), files, goesOn);
        } catch (IOException e) {
            throw FileFault.unwritable(pathOf(piece), e);
        }
    }

    /** Verifies a piece that has come, and gives it its name. */
    void finish(Piece piece, PartialFile partial) {
        partial.finish(pathOf(piece));
        whole.add(piece.sha256());
    }

    /** Says whether a piece is here, all of it and undamaged. */
    boolean holds(Piece piece) {
        Path file = pathOf(piece);
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                return holdsUnnamed(piece);
            }
            boolean isLong = OwnFile.isOurs(file) && Files.size(file) == piece.length();
            if (isLong && (whole.contains(piece.sha256()) || digestOf(file).equals(piece.sha256()))) {
                whole.add(piece.sha256());
                return true;
            }
            whole.remove(piece.sha256());
            files.deleteTree(file);
            return false;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /** A cut may have come between the last byte and the name. */
    private boolean holdsUnnamed(Piece piece) {
        if (heldOf(piece) < piece.length()) {
            return false;
        }
        try (PartialFile partial = open(piece)) {
            finish(piece, partial);
            return true;
        } catch (OtaException e) {
            if (e.code() != ErrorCode.DIGEST_MISMATCH) {
                throw e;
            }
            return false;
        }
    }

    /** Returns how many bytes of a piece have come, right or not, as far as it is not whole. */
    private long heldOf(Piece piece) {
        Path partial = PartialFile.pathOf(folder, piece.sha256());
        try {
            long size = OwnFile.isOurs(partial) ? Files.size(partial) : 0;
            return size > piece.length() ? 0 : size;
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw FileFault.unreadable(partial, e);
        }
    }

    private Path pathOf(Piece piece) {
        return folder.resolve(piece.sha256().hex());
    }

    private static PackageResponse announced(Piece piece) {
        return PackageResponse.whole(new PackageName(piece.sha256().hex()), piece.length(), piece.sha256());
    }

    private Digest digestOf(Path file) throws IOException {
        try (FileChannel content = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return new ContentDigester(Digest.Algorithm.SHA256)
                    .updateAll(new WatchedChannel(content, goesOn))
                    .finish(Digest.Algorithm.SHA256);
        }
    }
}
