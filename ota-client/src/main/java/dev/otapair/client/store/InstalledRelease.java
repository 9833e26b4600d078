package dev.otapair.client.store;

import dev.otapair.protocol.message.PackageName;
import java.util.Optional;

/**
 * What is installed on this board.
 *
 * @param name empty when nothing is, or nothing is known
 */
public record InstalledRelease(Optional<PackageName> name) {
    /** Nothing is installed, as far as anybody knows. */
    public static final InstalledRelease NONE = new InstalledRelease(Optional.empty());

    /** Returns the release of this name. */
    public static InstalledRelease of(PackageName name) {
        return new InstalledRelease(Optional.of(name));
    }

    /** Says whether an offer is what is installed: v1 knows names only, so another name is an update. */
    public boolean is(PackageName offer) {
        return name.filter(offer::equals).isPresent();
    }

    /** Returns the name, or empty text: what scripts and people are told. */
    @Override
    public String toString() {
        return name.map(PackageName::value).orElse("");
    }
}
