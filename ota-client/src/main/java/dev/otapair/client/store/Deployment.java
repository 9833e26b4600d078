package dev.otapair.client.store;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.util.Locale;
import java.util.Optional;

/**
 * A release as it lies in the folder of packages: what {@code current} and {@code previous} can point to.
 *
 * @param release with its name
 * @param place the name of its file, or folder; mostly its own
 * @param digest of its package: SHA-256, from a v1 server MD5
 * @param size of its package in bytes
 * @param isUnpacked whether it is a folder below {@code releases}; else the package itself
 */
public record Deployment(InstalledRelease release, PackageName place, Digest digest, long size, boolean isUnpacked) {
    /** Below the folder of packages. */
    static final String UNPACKED = "releases";

    private static final String SEPARATOR = "\t";
    private static final int FIELDS = 8;

    public Deployment {
        if (release.name().isEmpty()) {
            throw new IllegalArgumentException("what has no name cannot be pointed to");
        }
    }

    /** Returns a verified package, on its way to be installed. */
    public static Deployment of(
            PackageResponse verified, InstalledRelease release, PackageName place, boolean isUnpacked) {
        return new Deployment(release, place, verified.digest(), verified.size(), isUnpacked);
    }

    /** Returns the same content, known as another release. */
    Deployment as(InstalledRelease other) {
        return new Deployment(other, place, digest, size, isUnpacked);
    }

    /** Says whether both are the same content in the same place. */
    public boolean isWhere(Deployment other) {
        return target().equals(other.target()) && digest.equals(other.digest) && size == other.size;
    }

    public PackageName name() {
        return release.name().orElseThrow();
    }

    /** Returns its package. */
    public PackageResponse whole() {
        return PackageResponse.whole(name(), size, digest);
    }

    /** Returns where it is, relative to the folder of packages. */
    public String target() {
        return isUnpacked ? UNPACKED + "/" + place : place.value();
    }

    /** Returns it on one line, without the line's end: no field can hold a tab. */
    String toLine() {
        return String.join(
                SEPARATOR,
                Long.toString(release.release()),
                digest.algorithm().name().toLowerCase(Locale.ROOT),
                digest.hex(),
                Long.toString(size),
                isUnpacked ? "unpacked" : "package",
                release.version(),
                place.value(),
                name().value());
    }

    /** @throws IllegalArgumentException if the line is none of ours */
    static Deployment ofLine(String line) {
        String[] fields = line.split(SEPARATOR, -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("not " + FIELDS + " fields");
        }
        Digest digest = new Digest(Digest.Algorithm.valueOf(fields[1].toUpperCase(Locale.ROOT)), fields[2]);
        InstalledRelease release = new InstalledRelease(
                Optional.of(new PackageName(fields[7])),
                Long.parseLong(fields[0]),
                fields[5],
                Optional.of(digest).filter(known -> known.algorithm() == Digest.Algorithm.SHA256));
        Deployment read = new Deployment(
                release, new PackageName(fields[6]), digest, Long.parseLong(fields[3]), fields[4].equals("unpacked"));
        if (read.size() < 0 || release.release() < 0 || !read.toLine().equals(line)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return read;
    }

    /** In a few words, for people. */
    @Override
    public String toString() {
        return release.release() > 0 ? "%s (release %d)".formatted(name(), release.release()) : name().toString();
    }
}
