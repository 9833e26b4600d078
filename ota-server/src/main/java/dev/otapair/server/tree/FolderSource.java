package dev.otapair.server.tree;

import dev.otapair.protocol.archive.EntryPath;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import dev.otapair.server.store.ObjectBatch;
import dev.otapair.server.store.ObjectStore;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a folder as it stands: looks at everything first, then reads the contents, and sees at the end that nobody has touched any of it
 * meanwhile. Used once.
 */
final class FolderSource {
    private static final boolean NAMES_ARE_UTF_8 =
            Charset.forName(System.getProperty("sun.jnu.encoding")).equals(StandardCharsets.UTF_8);

    /** What takes the place of bytes that are not UTF-8. */
    private static final char NO_CHARACTER = '\uFFFD';

    private final Path root;
    private final boolean keepsOwners;
    private final ObjectBatch batch;
    private final Progress progress;
    private final List<Found> found = new ArrayList<>();
    private final TreeBuilder builder = new TreeBuilder();
    private long textBytes;
    private long total;

    /** Something in the folder. */
    private record Found(EntryPath path, Path place, Stat stat) {}

    /** @param keepsOwners whether files belong to whom they belong here, rather than to root */
    FolderSource(Path root, boolean keepsOwners, ObjectBatch batch, Progress progress) {
        this.root = root;
        this.keepsOwners = keepsOwners;
        this.batch = batch;
        this.progress = progress;
    }

    /**
     * Reads all of it; the contents are in the batch then.
     *
     * @throws OtaException PACKAGE_REJECTED if there is something in it that a release cannot have; IO_ERROR if it cannot be read or
     *     changes
     */
    Manifest read() {
        Stat before = statOf(root);
        walk(root, "");
        if (found.isEmpty()) {
            throw new OtaException(ErrorCode.PACKAGE_REJECTED, root + " holds nothing");
        }
        ByteCount done = new ByteCount("reading", total, progress);
        found.forEach(each -> add(each, done));
        requireUntouched(new Found(new EntryPath(List.of()), root, before));
        found.forEach(this::requireUntouched);
        return builder.build();
    }

    private void walk(Path folder, String prefix) {
        for (Path child : childrenOf(folder)) {
            String name = prefix + textOf(child, child.getFileName());
            Stat stat = statOf(child);
            if (!stat.isFile() && !stat.isFolder() && !stat.isLink()) {
                throw new OtaException(
                        ErrorCode.PACKAGE_REJECTED,
                        "%s is %s; a release has files, folders and symbolic links"
                                .formatted(child, stat.strangeKind()));
            }
            total += stat.isFile() ? stat.size() : 0;
            textBytes += TreeBuilder.lineBytes(name, stat.isFile());
            TreeBuilder.requireText(name, textBytes);
            found.add(new Found(EntryPath.of(name), child, stat));
            if (stat.isFolder()) {
                walk(child, name + "/");
            }
        }
    }

    /** None is open while those below are looked at. */
    private static List<Path> childrenOf(Path folder) {
        try {
            return Folders.list(folder);
        } catch (IOException e) {
            throw FileFault.unreadable(folder, e);
        }
    }

    private void add(Found each, ByteCount done) {
        Stat stat = each.stat();
        long owner = keepsOwners ? stat.user() : 0;
        long group = keepsOwners ? stat.group() : 0;
        if (stat.isFolder()) {
            builder.add(
                    each.path(),
                    path -> new ManifestEntry.Folder(path, stat.permissions(), owner, group, stat.seconds()));
        } else if (stat.isLink()) {
            String target = targetOf(each);
            builder.add(
                    each.path(),
                    path -> new ManifestEntry.Link(path, owner, group, stat.seconds(), TreeBuilder.spelled(target)));
        } else {
            ObjectStore.Stored stored = contentOf(each, done);
            builder.add(
                    each.path(),
                    path -> new ManifestEntry.File(
                            path, stat.permissions(), owner, group, stat.seconds(), stored.content(), stored.md5()));
        }
    }

    private ObjectStore.Stored contentOf(Found file, ByteCount done) {
        try (FileChannel in =
                FileChannel.open(file.place(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            return batch.add(done.of(Channels.newInputStream(in)), file.stat().size());
        } catch (EOFException e) {
            throw touched(file.place(), Optional.of(e));
        } catch (IOException e) {
            throw FileFault.unreadable(file.place(), e);
        }
    }

    private static String targetOf(Found link) {
        try {
            String target = textOf(link.place(), Files.readSymbolicLink(link.place()));
            link.path().requireTarget(target);
            return target;
        } catch (IOException e) {
            throw FileFault.unreadable(link.place(), e);
        }
    }

    private void requireUntouched(Found each) {
        if (!statOf(each.place()).equals(each.stat())) {
            throw touched(each.place(), Optional.empty());
        }
    }

    private static OtaException touched(Path place, Optional<Exception> cause) {
        return new OtaException(
                ErrorCode.IO_ERROR,
                place + " has changed while its folder was read; publish one that nobody writes to",
                cause.orElse(null));
    }

    private static Stat statOf(Path path) {
        try {
            return Stat.of(path);
        } catch (IOException e) {
            throw FileFault.unreadable(path, e);
        }
    }

    /** Java reads names by the locale, and puts a character of its own in place of what is none. */
    private static String textOf(Path place, Path name) {
        String text = name.toString();
        boolean isAscii = text.chars().allMatch(letter -> letter < 0x80);
        if (!isAscii && (!NAMES_ARE_UTF_8 || text.indexOf(NO_CHARACTER) >= 0)) {
            throw new OtaException(
                    ErrorCode.PACKAGE_REJECTED,
                    NAMES_ARE_UTF_8
                            ? place + " has a name or target that is not UTF-8"
                            : place
                                    + " has a name that this locale cannot hold; start the program with LC_ALL=C.UTF-8");
        }
        return text;
    }
}
