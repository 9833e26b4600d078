package dev.otapair.server.tree;

import dev.otapair.protocol.archive.Destination;
import dev.otapair.protocol.archive.EntryAttributes;
import dev.otapair.protocol.archive.EntryPath;
import dev.otapair.protocol.archive.Refusal;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import dev.otapair.server.store.ObjectBatch;
import dev.otapair.server.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.attribute.FileTime;

/**
 * Takes in what is in an archive. Hard links become files of their own, owners are those of the archive, and what the archive does not say
 * is root, {@code 0755} for folders, and for times 1970.
 */
final class ArchiveSource implements Destination {
    private final ObjectBatch batch;
    private final Runnable onRead;
    private final TreeBuilder builder = new TreeBuilder();

    /** @param onRead called again and again while contents are read */
    ArchiveSource(ObjectBatch batch, Runnable onRead) {
        this.batch = batch;
        this.onRead = onRead;
    }

    /** Returns what came; the contents are in the batch. */
    Manifest manifest() {
        if (builder.isEmpty()) {
            throw Refusal.of("the archive holds nothing");
        }
        return builder.build();
    }

    @Override
    public void addFolder(EntryPath path, EntryAttributes said) {
        requirePlain(path, said);
        if (!path.parts().isEmpty()) {
            builder.add(
                    path, name -> new ManifestEntry.Folder(name, said.mode(), user(said), group(said), seconds(said)));
        }
    }

    @Override
    public void addFile(EntryPath path, EntryAttributes said, long size, InputStream content) throws IOException {
        requirePlain(path, said);
        requireName(path);
        ObjectStore.Stored stored = batch.add(new WatchedStream(content, count -> onRead.run()), size);
        builder.add(
                path,
                name -> new ManifestEntry.File(
                        name, said.mode(), user(said), group(said), seconds(said), stored.content(), stored.md5()));
    }

    @Override
    public void addLink(EntryPath path, EntryAttributes said, String target) {
        requirePlain(path, said);
        requireName(path);
        path.requireTarget(target);
        builder.add(
                path,
                name -> new ManifestEntry.Link(
                        name, user(said), group(said), seconds(said), TreeBuilder.spelled(target)));
    }

    @Override
    public void addHardLink(EntryPath path, EntryPath target) {
        requireName(path);
        ManifestEntry.File file = builder.file(target)
                .orElseThrow(() -> Refusal.of(
                        path.toString(),
                        "is a hard link to %s, which is no file that came before it"
                                .formatted(Refusal.quoted(target.toString()))));
        builder.add(
                path,
                name -> new ManifestEntry.File(
                        name, file.mode(), file.owner(), file.group(), file.modified(), file.content(), file.md5()));
    }

    private static void requireName(EntryPath path) {
        if (path.parts().isEmpty()) {
            throw Refusal.of(path.toString(), "is no folder");
        }
    }

    private static void requirePlain(EntryPath path, EntryAttributes said) {
        said.extension().ifPresent(name -> {
            throw Refusal.of(
                    path.toString(),
                    "has %s, which no manifest holds: pack it without extended attributes and access lists"
                            .formatted(Refusal.quoted(name)));
        });
    }

    private static long user(EntryAttributes said) {
        return said.owner().map(owner -> Integer.toUnsignedLong(owner.user())).orElse(0L);
    }

    private static long group(EntryAttributes said) {
        return said.owner().map(owner -> Integer.toUnsignedLong(owner.group())).orElse(0L);
    }

    private static long seconds(EntryAttributes said) {
        return said.modified()
                .map(FileTime::toInstant)
                .map(time -> time.getEpochSecond())
                .orElse(0L);
    }
}
