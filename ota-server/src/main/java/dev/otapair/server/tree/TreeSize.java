package dev.otapair.server.tree;

import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;

/**
 * How large a tree is.
 *
 * @param files in it, not counting folders and links
 * @param bytes in those, each content as often as there are files of it
 */
public record TreeSize(long files, long bytes) {
    /** Counts. */
    public static TreeSize of(Manifest manifest) {
        long files = 0;
        long bytes = 0;
        for (ManifestEntry entry : manifest.entries()) {
            if (entry instanceof ManifestEntry.File file) {
                files++;
                bytes += file.content().size();
            }
        }
        return new TreeSize(files, bytes);
    }
}
