package dev.otapair.client.install;

import dev.otapair.protocol.archive.ArchiveFile;
import dev.otapair.protocol.archive.ArchiveReader;
import dev.otapair.protocol.archive.EntryAttributes;
import dev.otapair.protocol.archive.Refusal;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Unpacks a package into a folder of its own: tar, plain or compressed by gzip, zstd or xz, or zip, whatever its name says.
 * Nothing outside the folder is touched, whatever the archive holds. Takes the same memory for every size.
 */
public final class Unpacker {
    /** The largest dictionary and window that fit into the client's heap of 64 MB: those of {@code xz -6}, {@code zstd -19}. */
    private static final int WINDOW_BYTES = 8 * 1024 * 1024;

    private static final int ZIP_DIRECTORY_BYTES = 1024 * 1024;
    private static final ArchiveReader READER =
            new ArchiveReader(new ArchiveReader.Bounds(WINDOW_BYTES, ZIP_DIRECTORY_BYTES));
    private static final DurableFiles FILES = new DurableFiles();

    private final Limits limits;
    private final LinkTargets links;
    private final Runnable goesOn;

    /** Where symbolic links may lead. No link is followed here, whatever it says. */
    public enum LinkTargets {
        /** Within the archive. */
        INSIDE,
        /** Anywhere: a signed manifest lists them, as it does everything else. */
        ANYWHERE
    }

    /**
     * What an archive may come to.
     *
     * @param maxBytes on the disk, in blocks of 4096
     * @param maxEntries files, folders and links, including folders that are not named
     * @param freeBytes unpacked bytes that every archive may have, however small it is
     * @param maxRatio what each byte of it may become beyond those
     */
    public record Limits(long maxBytes, int maxEntries, long freeBytes, int maxRatio) {
        private static final int MAX_ENTRIES = 100_000;
        private static final long FREE_BYTES = 64L * 1024 * 1024;
        private static final int MAX_RATIO = 200;

        /** Returns the usual ones, for a disk that has this much room. */
        public static Limits within(long maxBytes) {
            return new Limits(maxBytes, MAX_ENTRIES, FREE_BYTES, MAX_RATIO);
        }

        /** Returns those for what a manifest lists that somebody trusted has signed: as much as the disk has room for. */
        public static Limits ofSigned(long maxBytes) {
            return new Limits(maxBytes, Integer.MAX_VALUE, Long.MAX_VALUE, 0);
        }

        /** Returns how many bytes an archive of this size may be unpacked. */
        long maxUnpacked(long archiveBytes) {
            boolean isEndless = freeBytes == Long.MAX_VALUE || archiveBytes > (Long.MAX_VALUE - freeBytes) / maxRatio;
            return isEndless ? Long.MAX_VALUE : archiveBytes * maxRatio + freeBytes;
        }
    }

    /** @param goesOn asked before each entry; throws {@link OtaException} to end the work */
    public Unpacker(Limits limits, LinkTargets links, Runnable goesOn) {
        this.limits = limits;
        this.links = links;
        this.goesOn = goesOn;
    }

    public static Unpacker of(Limits limits) {
        return new Unpacker(limits, LinkTargets.INSIDE, () -> {});
    }

    /**
     * Unpacks an archive; once this returns, all of it is on the disk for good, but for the folder's own name, which the
     * caller changes.
     *
     * @param folder absolute; made here, its parent is there. Modes and times of change are those of the archive; owners
     *     are as well when root unpacks, and nothing is set-uid or set-gid when somebody else does
     * @throws OtaException PACKAGE_REJECTED if the archive is none, damaged or hostile; CANNOT_WRITE if there is such a
     *     folder, or no room; IO_ERROR if the archive cannot be read. The folder is gone then, unless it was there before
     * @return who all of it belongs to, as the archive says; empty where it says several, or none
     */
    public Optional<EntryAttributes.Owner> unpack(Path archive, Path folder) {
        try (ArchiveFile file = ArchiveFile.open(archive)) {
            UnpackedTree tree = create(folder);
            try {
                fill(tree, file);
                return tree.owner();
            } catch (RuntimeException | Error e) {
                removeAfter(e, folder);
                throw e;
            }
        }
    }

    /**
     * Removes a folder that was unpacked, whole or not, and follows no link.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public static void remove(Path folder) {
        try {
            FILES.deleteTree(folder);
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE, "%s cannot be removed: %s".formatted(folder, FileFault.why(e)), e);
        }
    }

    private static void removeAfter(Throwable failure, Path folder) {
        try {
            remove(folder);
        } catch (OtaException e) {
            failure.addSuppressed(e);
        }
    }

    private UnpackedTree create(Path folder) {
        try {
            return UnpackedTree.create(folder, limits, links, goesOn);
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE, "%s cannot be made: %s".formatted(folder, FileFault.why(e)), e);
        }
    }

    private void fill(UnpackedTree tree, ArchiveFile file) {
        READER.readInto(tree, file, limits.maxUnpacked(file.size()));
        if (tree.isEmpty()) {
            throw Refusal.of("the archive holds nothing");
        }
        tree.finish();
    }
}
