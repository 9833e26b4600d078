package dev.otapair.client.tree;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.Manifest;
import java.nio.file.Path;

/**
 * An installed release: the folder it lies in, and what should be there.
 *
 * @param folder absolute
 * @param id SHA-256 of the manifest's text
 */
public record ReleaseTree(Path folder, Digest id, Manifest manifest) {
    /** As above; computes the id. */
    public ReleaseTree(Path folder, Manifest manifest) {
        this(folder, manifest.sha256(), manifest);
    }
}
