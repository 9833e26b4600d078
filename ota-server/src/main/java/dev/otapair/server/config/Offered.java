package dev.otapair.server.config;

import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.server.release.SignedRelease;
import java.util.Optional;

/**
 * What the boards of a product are offered.
 *
 * @param release what its publisher said of it; empty for a file that was only put there
 */
public record Offered(PackageName name, Optional<SignedRelease> release) {
    /** Says whether a content is what was published, as far as that is known. */
    public boolean isContent(Content content) {
        return release.isEmpty() || release.get().metadata().content().equals(content);
    }

    @Override
    public String toString() {
        return release.map(SignedRelease::toString).orElseGet(name::toString);
    }
}
