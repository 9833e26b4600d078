package dev.otapair.server.delta;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Releases in a folder of packages, as they lie there once they are published. */
public final class Shelf {
    private final Path packages;
    private long release;

    /** @param packages their folder */
    public Shelf(Path packages) {
        this.packages = packages;
    }

    /** Puts a tree there; its archive is a file of a few bytes that no test unpacks. */
    public Manifest tree(String name, Map<String, byte[]> files) {
        Manifest manifest = manifestOf(files);
        files.values().forEach(this::object);
        object(manifest.toBytes());
        file(name, ("archive of " + name).getBytes(StandardCharsets.UTF_8), Optional.of(manifest.content()));
        return manifest;
    }

    /** Puts a tree there whose files are not here. */
    public void tree(String name, Manifest manifest) {
        object(manifest.toBytes());
        file(name, ("archive of " + name).getBytes(StandardCharsets.UTF_8), Optional.of(manifest.content()));
    }

    /** Puts a package there that is one file. */
    public Content file(String name, byte[] content) {
        return file(name, content, Optional.empty());
    }

    /** Returns where an object is. */
    public Path placeOf(Digest sha256) {
        return packages.resolve(".objects")
                .resolve(sha256.hex().substring(0, 2))
                .resolve(sha256.hex());
    }

    /** Returns what a tree of these files has for a manifest. */
    public static Manifest manifestOf(Map<String, byte[]> files) {
        SortedMap<String, ManifestEntry> entries = new TreeMap<>();
        for (var file : files.entrySet()) {
            for (int end = file.getKey().indexOf('/');
                    end >= 0;
                    end = file.getKey().indexOf('/', end + 1)) {
                String folder = file.getKey().substring(0, end);
                entries.put(folder, new ManifestEntry.Folder(folder, 0755, 0, 0, 1_700_000_000));
            }
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256, Digest.Algorithm.MD5);
            digester.update(ByteBuffer.wrap(file.getValue()));
            entries.put(
                    file.getKey(),
                    new ManifestEntry.File(
                            file.getKey(),
                            0644,
                            0,
                            0,
                            1_700_000_000,
                            new Content(file.getValue().length, digester.finish(Digest.Algorithm.SHA256)),
                            digester.finish(Digest.Algorithm.MD5)));
        }
        return new Manifest(new ArrayList<>(entries.values()));
    }

    /** Returns the SHA-256 of some bytes. */
    public static Digest sha256(byte[] content) {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        digester.update(ByteBuffer.wrap(content));
        return digester.finish(Digest.Algorithm.SHA256);
    }

    private Content file(String name, byte[] content, Optional<Content> manifest) {
        Content known = new Content(content.length, sha256(content));
        ReleaseMetadata metadata = new ReleaseMetadata(
                Product.DEFAULT,
                new PackageName(name),
                ++release,
                "",
                known,
                manifest,
                Instant.ofEpochSecond(1_700_000_000 + release),
                Optional.empty(),
                0,
                0,
                List.of(),
                false,
                "");
        write(packages.resolve(name), content);
        write(packages.resolve(name + ".ota.json"), metadata.toBytes());
        return known;
    }

    private void object(byte[] content) {
        write(placeOf(sha256(content)), content);
    }

    private static void write(Path file, byte[] content) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
