package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.nio.file.Path;

/** What somebody with a key may have signed: read as one release, or refused; written again it is the same one. */
public final class MetadataFuzzTarget {
    private static final Path FOLDER = Path.of("/packages");

    private MetadataFuzzTarget() {}

    /** @param data metadata, as it was signed */
    public static void fuzzerTestOneInput(byte[] data) {
        ReleaseMetadata release;
        try {
            release = ReleaseMetadata.parse(data);
        } catch (OtaException e) {
            if (e.code() != ErrorCode.METADATA_REJECTED) {
                throw new AssertionError("refused as something else", e);
            }
            return;
        }
        require(release.release() >= 1 && release.release() <= Standing.MAX_RELEASE, "counter", release);
        require(release.minFrom() < release.release() && release.floor() <= release.release(), "floor", release);
        require(release.name().in(FOLDER).getParent().equals(FOLDER), "name", release);
        byte[] again;
        try {
            again = release.toBytes();
        } catch (IllegalArgumentException e) {
            // Escapes can make it longer than it came.
            return;
        }
        require(ReleaseMetadata.parse(again).equals(release), "written again it is another one", release);
    }

    private static void require(boolean holds, String what, ReleaseMetadata release) {
        if (!holds) {
            throw new AssertionError(what + ": " + release);
        }
    }
}
