package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.server.store.ObjectStore;
import dev.otapair.server.tree.ByteCount;
import dev.otapair.server.tree.Progress;
import java.nio.file.Path;
import java.util.Optional;

/** What releases consist of, and whether it is what their metadata says. Stateless. */
final class ReleaseContent {
    private final ObjectStore objects;
    private final Progress progress;

    ReleaseContent(ObjectStore objects, Progress progress) {
        this.objects = objects;
        this.progress = progress;
    }

    /** Says whether the manifest is here, where the release has one. */
    boolean hasManifest(ReleaseMetadata metadata) {
        return metadata.manifest().stream().allMatch(objects::has);
    }

    /**
     * Returns the manifest; empty for a release that is one file.
     *
     * @throws OtaException IO_ERROR if it is missing, DIGEST_MISMATCH if it is damaged
     */
    Optional<Manifest> manifestOf(ReleaseMetadata metadata) {
        return metadata.manifest().map(text -> Manifest.parse(objects.read(text.sha256(), Manifest.MAX_BYTES)));
    }

    /**
     * Reads all of a release: its package, and of a tree also its manifest and its contents.
     *
     * @throws OtaException IO_ERROR if something is missing, DIGEST_MISMATCH if something is not what the metadata says
     */
    void requireWhole(Path packageFile, ReleaseMetadata metadata) {
        requirePackage(packageFile, metadata);
        manifestOf(metadata).ifPresent(this::requireObjects);
    }

    /**
     * Reads all of a package.
     *
     * @throws OtaException IO_ERROR, or DIGEST_MISMATCH if it is not what the metadata says
     */
    static void requirePackage(Path packageFile, ReleaseMetadata metadata) {
        Content actual = ReleaseShelf.contentOf(packageFile);
        if (!actual.equals(metadata.content())) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s has %d bytes with %s, published as %d bytes with %s: it was changed or damaged"
                            .formatted(
                                    packageFile,
                                    actual.size(),
                                    actual.sha256(),
                                    metadata.content().size(),
                                    metadata.content().sha256()));
        }
    }

    private void requireObjects(Manifest manifest) {
        long total = manifest.objects().stream().mapToLong(Content::size).sum();
        ByteCount done = new ByteCount("checking", total, progress);
        for (Content object : manifest.objects()) {
            objects.verify(object);
            done.add(object.size());
        }
    }
}
