package dev.otapair.client.store;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Optional;

/**
 * What is installed on this board.
 *
 * @param name empty when nothing is, or nothing is known
 * @param release its counter; 0 when it came unsigned
 * @param version what people call it; empty when nobody said, or it came unsigned
 * @param sha256 of the package; empty when it came by v1, or was there before us
 */
public record InstalledRelease(Optional<PackageName> name, long release, String version, Optional<Digest> sha256) {
    /** Nothing is installed, as far as anybody knows. */
    public static final InstalledRelease NONE = seeded(Optional.empty());

    /** Returns what somebody else installed, of which only the name is known. */
    public static InstalledRelease seeded(Optional<PackageName> name) {
        return new InstalledRelease(name, 0, "", Optional.empty());
    }

    /** Returns a package that nobody signed. */
    public static InstalledRelease unsigned(PackageName name, Digest digest) {
        return new InstalledRelease(
                Optional.of(name),
                0,
                "",
                Optional.of(digest).filter(known -> known.algorithm() == Digest.Algorithm.SHA256));
    }

    /** Says whether an offer has this name: all that v1 knows, so another name is an update. */
    public boolean is(PackageName offer) {
        return name.filter(offer::equals).isPresent();
    }

    /** Returns a release that somebody signed. */
    public static InstalledRelease of(ReleaseMetadata release) {
        return new InstalledRelease(
                Optional.of(release.name()),
                release.release(),
                release.version(),
                Optional.of(release.content().sha256()));
    }

    /** Returns this under another counter. */
    public InstalledRelease as(long counter) {
        return new InstalledRelease(name, counter, version, sha256);
    }

    /** Returns the name, or empty text: what scripts and people are told. */
    @Override
    public String toString() {
        return name.map(PackageName::value).orElse("");
    }
}
