package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.server.tree.TreeSize;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;

/**
 * A release that was checked as a board does.
 *
 * @param signers the trusted keys that signed; at least one
 * @param tree how large its tree is, of which all was read; empty for a release that is one file, and where only its package was read
 */
public record Verification(SignedRelease release, SortedSet<KeyId> signers, Optional<TreeSize> tree) {
    /**
     * Checks a package with its metadata and signatures beside it; of a tree, its archive.
     *
     * @throws OtaException IO_ERROR, SIGNATURE_REJECTED, METADATA_REJECTED or DIGEST_MISMATCH, in this order
     */
    static Verification of(Path packageFile, KeyRing trusted) {
        return of(packageFile, trusted, Optional.empty());
    }

    /** @param contents what trees consist of; empty leaves that out */
    static Verification of(Path packageFile, KeyRing trusted, Optional<ReleaseContent> contents) {
        if (packageFile.getFileName() == null) {
            throw new OtaException(ErrorCode.IO_ERROR, packageFile + " is not a file");
        }
        SignedMetadata signed = read(packageFile);
        SortedSet<KeyId> signers = trusted.signersOf(signed);
        if (signers.isEmpty()) {
            throw new OtaException(
                    ErrorCode.SIGNATURE_REJECTED,
                    "%s: no trusted key made one of its signatures; keys: %d, signatures: %d"
                            .formatted(
                                    packageFile,
                                    trusted.keys().size(),
                                    signed.signatures().size()));
        }
        SignedRelease release = SignedRelease.of(signed);
        requireSame("name", packageFile.getFileName(), release.metadata().name());
        contents.ifPresentOrElse(
                all -> all.requireWhole(packageFile, release.metadata()),
                () -> ReleaseContent.requirePackage(packageFile, release.metadata()));
        return new Verification(release, signers, contents.flatMap(all -> all.sizeOf(release.metadata())));
    }

    private static SignedMetadata read(Path packageFile) {
        try {
            return ReleaseFiles.read(packageFile)
                    .orElseThrow(() -> new OtaException(
                            ErrorCode.IO_ERROR, ReleaseFiles.metadataOf(packageFile) + " does not exist"));
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, "%s: metadata cannot be read: %s".formatted(packageFile, FileFault.why(e)), e);
        }
    }

    private static void requireSame(String what, Object actual, Object signed) {
        if (!actual.toString().equals(signed.toString())) {
            throw new OtaException(
                    ErrorCode.METADATA_REJECTED, "the %s is %s, signed is %s".formatted(what, actual, signed));
        }
    }
}
