package dev.otapair.server.delta;

import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one side of a pair consists of: contents by their numbers, and where they lie in the release.
 *
 * @param manifest of a tree; empty for a package that is one file, which has object 0 alone
 * @param contents by number
 * @param paths of the first file of each; empty for a package that is one file
 */
record Objects(Optional<Manifest> manifest, List<Content> contents, List<String> paths) {
    /** Nothing. */
    static final Objects NONE = new Objects(Optional.empty(), List.of(), List.of());

    static Objects ofFile(Content content) {
        return new Objects(Optional.empty(), List.of(content), List.of(""));
    }

    static Objects ofTree(Manifest manifest) {
        List<Content> contents = List.copyOf(manifest.objects());
        List<String> paths = new ArrayList<>(contents.size());
        List<ManifestEntry> entries = manifest.entries();
        for (int i = 0; i < entries.size(); i++) {
            if (manifest.objectOf(i) == paths.size()) {
                paths.add(entries.get(i).path());
            }
        }
        return new Objects(Optional.of(manifest), contents, List.copyOf(paths));
    }
}
