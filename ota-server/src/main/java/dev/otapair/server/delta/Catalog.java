package dev.otapair.server.delta;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.server.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Which releases lie in the folder of packages, and where their contents are. Looks again when the folder has changed. Thread-safe;
 * blocks on the disk.
 */
final class Catalog {
    private static final Logger LOG = Loggers.of(Catalog.class);
    private static final String METADATA = ".ota.json";

    /** A change within the clock's grain of the last look would go unseen. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final Path folder;
    private State state = new State(Map.of(), Map.of(), Map.of(), FileTime.fromMillis(0), 0);

    /** @param folder of the packages */
    Catalog(Path folder) {
        this.folder = folder;
    }

    /**
     * All of one look.
     *
     * @param trees releases by the SHA-256 of their manifests
     * @param files likewise by those of their packages
     * @param places where packages are
     * @param modified the folder's time of last change, before
     * @param looked when that was, in milliseconds since 1970
     */
    private record State(
            Map<Digest, ReleaseMetadata> trees,
            Map<Digest, ReleaseMetadata> files,
            Map<Digest, Path> places,
            FileTime modified,
            long looked) {}

    /** Says whether this is the manifest of a release that is here. */
    boolean isTree(Digest manifest) {
        return current().trees.containsKey(manifest);
    }

    /** Says whether this is the package of a release that is here. */
    boolean isFile(Digest content) {
        return current().files.containsKey(content);
    }

    /** Returns size and digest of a manifest or package that is here. */
    Optional<Content> contentOf(Digest sha256) {
        State now = current();
        return Optional.ofNullable(now.trees.get(sha256))
                .flatMap(ReleaseMetadata::manifest)
                .or(() -> Optional.ofNullable(now.files.get(sha256)).map(ReleaseMetadata::content));
    }

    /** Returns all releases that can be read, in no order. */
    List<ReleaseMetadata> releases() {
        return List.copyOf(current().files.values());
    }

    /** Returns a file with this content: an object, or a package. Nobody has looked at the content. */
    Optional<Path> find(Digest sha256) {
        Path object = folder.resolve(ObjectStore.FOLDER)
                .resolve(sha256.hex().substring(0, 2))
                .resolve(sha256.hex());
        return Files.isRegularFile(object, LinkOption.NOFOLLOW_LINKS)
                ? Optional.of(object)
                : Optional.ofNullable(current().places.get(sha256)).filter(Files::isRegularFile);
    }

    /** Says whether a file that was found is an object of trees, rather than a package. */
    boolean isObject(Path file) {
        return file.startsWith(folder.resolve(ObjectStore.FOLDER));
    }

    private synchronized State current() {
        try {
            FileTime modified = Files.getLastModifiedTime(folder);
            boolean wasFresh = state.looked - modified.toMillis() < FRESH.toMillis();
            if (wasFresh || !modified.equals(state.modified)) {
                state = look(modified, System.currentTimeMillis());
            }
            return state;
        } catch (IOException e) {
            throw FileFault.unreadable(folder, e);
        }
    }

    private State look(FileTime modified, long now) throws IOException {
        Map<Digest, ReleaseMetadata> trees = new HashMap<>();
        Map<Digest, ReleaseMetadata> files = new HashMap<>();
        Map<Digest, Path> places = new HashMap<>();
        for (Path file : Folders.list(folder, name -> name.endsWith(METADATA))) {
            ReleaseFiles.packageNameOf(file).flatMap(this::read).ifPresent(release -> {
                release.manifest().ifPresent(manifest -> trees.put(manifest.sha256(), release));
                files.put(release.content().sha256(), release);
                places.put(release.content().sha256(), release.name().in(folder));
            });
        }
        return new State(trees, files, places, modified, now);
    }

    private Optional<ReleaseMetadata> read(String name) {
        Path file = folder.resolve(name);
        try {
            return ReleaseFiles.read(file)
                    .map(SignedMetadata::bytes)
                    .map(bytes -> ReleaseMetadata.parse(bytes.toBytes()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (OtaException | IOException e) {
            LOG.debug("{} is left out: {}", file, e.getMessage());
            return Optional.empty();
        }
    }

    /** Returns what to say of a content that should be here and is not. */
    static OtaException missing(Digest sha256) {
        return new OtaException(
                ErrorCode.PACKAGE_UNAVAILABLE, "content %s is not here any more".formatted(sha256.hex()));
    }
}
