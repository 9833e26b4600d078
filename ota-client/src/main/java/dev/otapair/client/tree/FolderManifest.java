package dev.otapair.client.tree;

import dev.otapair.client.store.OwnProcess;
import dev.otapair.protocol.archive.EntryAttributes;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Digest.Algorithm;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Describes a folder that was just unpacked: where that comes out as the manifest which the release's metadata names, the next update can
 * build on it, though nobody sent the manifest. Reads every file. Stateless and thread-safe.
 *
 * @see "PROTOCOL.md, section 9.1: Manifests"
 */
public final class FolderManifest {
    private static final String ATTRIBUTES = "unix:mode,uid,gid,size,lastModifiedTime";
    private static final int MODE_BITS = ManifestEntry.MAX_MODE;

    private FolderManifest() {}

    /**
     * Describes a folder.
     *
     * @param expected size and SHA-256 of the text that should come of it
     * @param owner of all of it, for who cannot give files away and has to take it for granted; empty: root
     * @param goesOn asked before each file; throws to end the work
     * @return the text; empty if it is another one
     * @throws IOException if something cannot be read
     */
    public static Optional<byte[]> of(
            Path folder, Content expected, Optional<EntryAttributes.Owner> owner, Runnable goesOn) throws IOException {
        List<Path> paths = Folders.listAll(folder);
        paths.sort(Comparator.comparing(
                path -> nameIn(folder, path).getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
        List<ManifestEntry> entries = new ArrayList<>(paths.size());
        for (Path path : paths) {
            goesOn.run();
            entries.add(entry(path, nameIn(folder, path), owner));
        }
        try {
            byte[] text = new Manifest(entries).toBytes();
            boolean isAsExpected = text.length == expected.size()
                    && ContentDigester.sha256Of(text).equals(expected.sha256());
            return Optional.of(text).filter(described -> isAsExpected);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static ManifestEntry entry(Path path, String name, Optional<EntryAttributes.Owner> said)
            throws IOException {
        Map<String, Object> look = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        // Who is not root cannot give files their owners.
        EntryAttributes.Owner owners = OwnProcess.isRoot()
                ? new EntryAttributes.Owner((Integer) look.get("uid"), (Integer) look.get("gid"))
                : said.orElse(new EntryAttributes.Owner(0, 0));
        long owner = Integer.toUnsignedLong(owners.user());
        long group = Integer.toUnsignedLong(owners.group());
        int mode = (Integer) look.get("mode") & MODE_BITS;
        long modified = ((FileTime) look.get("lastModifiedTime")).toInstant().getEpochSecond();
        if (Files.isSymbolicLink(path)) {
            return new ManifestEntry.Link(
                    name, owner, group, modified, Files.readSymbolicLink(path).toString());
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return new ManifestEntry.Folder(name, mode, owner, group, modified);
        }
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            // A pipe would be waited for.
            throw new IOException(path + " is no file, folder or link");
        }
        ContentDigester digester = new ContentDigester(Algorithm.SHA256, Algorithm.MD5);
        try (FileChannel content = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            digester.updateAll(content);
        }
        Digest sha256 = digester.finish(Algorithm.SHA256);
        return new ManifestEntry.File(
                name,
                mode,
                owner,
                group,
                modified,
                new Content(digester.size(), sha256),
                digester.finish(Algorithm.MD5));
    }

    private static String nameIn(Path folder, Path path) {
        return folder.relativize(path).toString();
    }
}
