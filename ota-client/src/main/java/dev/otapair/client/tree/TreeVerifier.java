package dev.otapair.client.tree;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Compares a release with its manifest in full: contents as far as {@code revalidate} asks, modes, owners where root looks, where links lead, and what is there
 * besides. Changes nothing, follows no link. Not thread-safe.
 */
public final class TreeVerifier {
    private final TreeCheck contents;
    private final Runnable goesOn;
    private final boolean isRoot = OwnProcess.isRoot();

    /** @see TreeCheck */
    public TreeVerifier(Revalidate revalidate, SeenFiles seen, Clock clock, Runnable goesOn) {
        this.contents = new TreeCheck(revalidate, seen, clock, goesOn);
        this.goesOn = goesOn;
    }

    /**
     * Looks at everything.
     *
     * @return what {@link TreeCheck#check} finds; its differences are all there are
     * @throws dev.otapair.protocol.error.OtaException IO_ERROR if the folder cannot be opened
     */
    public CheckedTree verify(ReleaseTree tree) {
        CheckedTree checked = contents.check(tree);
        try (GuardedFolder folder = GuardedFolder.open(tree.folder())) {
            verifyEntries(folder, checked);
            verifyNothingElse(folder, checked);
        } catch (NoSuchFileException | NotDirectoryException e) {
            tree.manifest().entries().stream()
                    .filter(entry -> !(entry instanceof ManifestEntry.File))
                    .forEach(entry -> checked.differ(entry.path(), Difference.Kind.MISSING));
        } catch (IOException e) {
            throw FileFault.unreadable(tree.folder(), e);
        }
        return checked;
    }

    private void verifyEntries(GuardedFolder folder, CheckedTree checked) {
        int file = 0;
        for (ManifestEntry entry : checked.tree().manifest().entries()) {
            goesOn.run();
            boolean isFile = entry instanceof ManifestEntry.File;
            if (!isFile || checked.holds(file)) {
                try {
                    difference(folder, entry, isRoot).ifPresent(kind -> checked.differ(entry.path(), kind));
                } catch (IOException e) {
                    checked.differ(entry.path(), Difference.Kind.UNREADABLE);
                }
            }
            file += isFile ? 1 : 0;
        }
    }

    /** Says what is wrong with something, but for a file's content. */
    static Optional<Difference.Kind> difference(GuardedFolder folder, ManifestEntry entry, boolean isRoot)
            throws IOException {
        Optional<FileLook> found = folder.look(entry.path());
        if (found.isEmpty()) {
            return Optional.of(Difference.Kind.MISSING);
        }
        FileLook look = found.get();
        if (look.kind() != kindOf(entry)) {
            return Optional.of(Difference.Kind.OTHER_KIND);
        }
        if (entry instanceof ManifestEntry.Link link
                && !folder.target(link.path())
                        .equals(GuardedFolder.resolve(Path.of(""), link.target())
                                .toString())) {
            return Optional.of(Difference.Kind.TARGET);
        }
        if (!look.hasOwners(entry, isRoot)) {
            return Optional.of(Difference.Kind.OWNER);
        }
        boolean hasMode = entry instanceof ManifestEntry.Link || look.hasMode(modeOf(entry), isRoot);
        return hasMode ? Optional.empty() : Optional.of(Difference.Kind.MODE);
    }

    private void verifyNothingElse(GuardedFolder folder, CheckedTree checked) {
        Manifest manifest = checked.tree().manifest();
        verifyNothingElse(folder, "", checked);
        for (ManifestEntry entry : manifest.entries()) {
            if (entry instanceof ManifestEntry.Folder) {
                goesOn.run();
                verifyNothingElse(folder, entry.path(), checked);
            }
        }
    }

    private static void verifyNothingElse(GuardedFolder folder, String path, CheckedTree checked) {
        try {
            Optional<SecureDirectoryStream<Path>> list = folder.list(path);
            if (list.isEmpty()) {
                return;
            }
            try (SecureDirectoryStream<Path> names = list.get()) {
                Folders.visit(names, name -> {
                    String child = (path.isEmpty() ? "" : path + "/") + name.getFileName();
                    if (!isListed(checked.tree().manifest().entries(), child)) {
                        checked.differ(child, Difference.Kind.EXTRA);
                    }
                });
            }
        } catch (IOException e) {
            checked.differ(path, Difference.Kind.UNREADABLE);
        }
    }

    /** They are in the order of their paths' bytes. */
    private static boolean isListed(List<ManifestEntry> entries, String path) {
        byte[] key = path.getBytes(StandardCharsets.UTF_8);
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = low + high >>> 1;
            byte[] found = entries.get(middle).path().getBytes(StandardCharsets.UTF_8);
            int order = Arrays.compareUnsigned(found, key);
            if (order == 0) {
                return true;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return false;
    }

    private static FileLook.Kind kindOf(ManifestEntry entry) {
        if (entry instanceof ManifestEntry.File) {
            return FileLook.Kind.FILE;
        }
        return entry instanceof ManifestEntry.Folder ? FileLook.Kind.FOLDER : FileLook.Kind.LINK;
    }

    private static int modeOf(ManifestEntry entry) {
        if (entry instanceof ManifestEntry.File file) {
            return file.mode();
        }
        return entry instanceof ManifestEntry.Folder folder ? folder.mode() : 0;
    }
}
