package dev.otapair.server.release;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.ReleaseMetadata;

/**
 * The metadata of a release, as it was signed and as it reads. Whose the signatures are, and whether they are worth anything,
 * each board decides for itself.
 */
public record SignedRelease(ReleaseMetadata metadata, SignedMetadata signed) {
    /**
     * Reads what was signed.
     *
     * @throws OtaException METADATA_REJECTED
     */
    public static SignedRelease of(SignedMetadata signed) {
        return new SignedRelease(ReleaseMetadata.parse(signed.bytes().toBytes()), signed);
    }

    @Override
    public String toString() {
        return "%s (release %d)".formatted(metadata.name(), metadata.release());
    }
}
