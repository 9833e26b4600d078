package dev.otapair.server.tree;

import dev.otapair.protocol.archive.ArchiveFile;
import dev.otapair.protocol.archive.ArchiveReader;
import dev.otapair.protocol.archive.EntryPath;
import dev.otapair.protocol.archive.Refusal;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import dev.otapair.server.store.ObjectBatch;
import dev.otapair.server.store.ObjectStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.slf4j.Logger;

/**
 * Reads what is to be published as a tree: takes its contents and its manifest into the store, for good once a method returns. What the
 * source becomes later is of no account. What fails leaves contents that nothing names.
 */
public final class TreeSource {
    private static final Logger LOG = Loggers.of(TreeSource.class);
    private static final int MAX_WINDOW_BYTES = 128 * 1024 * 1024;
    private static final int MAX_ZIP_DIRECTORY_BYTES = 8 * 1024 * 1024;

    /** What boards unpack of an archive: so many bytes of each, beyond those that every one may have. */
    private static final int MAX_RATIO = 200;

    private static final long FREE_BYTES = 64L * 1024 * 1024;

    private static final ArchiveReader READER =
            new ArchiveReader(new ArchiveReader.Bounds(MAX_WINDOW_BYTES, MAX_ZIP_DIRECTORY_BYTES));

    private final ObjectStore objects;
    private final ExtendedAttributes attributes;
    private final Progress progress;

    public TreeSource(ObjectStore objects, ExtendedAttributes attributes, Progress progress) {
        this.objects = objects;
        this.attributes = attributes;
        this.progress = progress;
    }

    /**
     * Reads a folder as it stands: files, symbolic links and folders, with modes and times in whole seconds. The names of one file become
     * files of their own.
     *
     * @param keepsOwners whether they belong to whom they belong here, by number; else to root
     * @throws OtaException PACKAGE_REJECTED if there is something in it that a release cannot have; IO_ERROR if it cannot be read or
     *     changes; CANNOT_WRITE
     */
    public Manifest folder(Path folder, boolean keepsOwners) {
        Path place = real(folder);
        attributes.requireNone(place);
        try (ObjectBatch batch = objects.begin()) {
            return finished(new FolderSource(place, keepsOwners, batch, progress).read(), batch);
        }
    }

    /**
     * Reads what is in an archive, by the rules of boards that unpack it, but for where links lead.
     *
     * @param archive tar, plain or compressed by gzip, zstd or xz, or zip
     * @throws OtaException PACKAGE_REJECTED if it is none, damaged or hostile, or holds what a release cannot have; IO_ERROR,
     *     CANNOT_WRITE
     */
    public Manifest archive(Path archive) {
        try (ObjectBatch batch = objects.begin();
                ArchiveFile file = ArchiveFile.open(archive)) {
            ArchiveSource source =
                    new ArchiveSource(batch, () -> progress.report("reading", file.position(), file.size()));
            READER.readInto(source, file, maxUnpacked(file.size()));
            return finished(source.manifest(), batch);
        }
    }

    private static long maxUnpacked(long archiveBytes) {
        return archiveBytes > (Long.MAX_VALUE - FREE_BYTES) / MAX_RATIO
                ? Long.MAX_VALUE
                : archiveBytes * MAX_RATIO + FREE_BYTES;
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            throw FileFault.unreadable(folder, e);
        }
    }

    private static Manifest finished(Manifest manifest, ObjectBatch batch) {
        try {
            byte[] text = manifest.toBytes();
            batch.add(new ByteArrayInputStream(text), text.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        batch.finish();
        warnOfLinks(manifest);
        return manifest;
    }

    /** A manifest that somebody trusted has signed answers for them; a board without a key refuses to unpack an archive with them. */
    private static void warnOfLinks(Manifest manifest) {
        manifest.entries().stream()
                .filter(entry -> entry instanceof ManifestEntry.Link link && leadsOut(link))
                .map(ManifestEntry.Link.class::cast)
                .findFirst()
                .ifPresent(link -> LOG.warn(
                        "{} leads to {}, out of the tree, as others may: boards that have no key refuse to unpack that",
                        Refusal.quoted(link.path()),
                        Refusal.quoted(link.target())));
    }

    private static boolean leadsOut(ManifestEntry.Link link) {
        try {
            EntryPath.of(link.path()).requireTargetInside(link.target());
            return false;
        } catch (OtaException e) {
            return true;
        }
    }
}
