package dev.otapair.client.tree;

import dev.otapair.client.store.OwnProcess;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;

/**
 * Puts right what is not as it should be in an installed release, with what a whole copy of it has. Each file is exchanged in one step: who
 * has it open keeps the old one, who opens it gets one or the other, and a cut leaves nothing half. What does not belong to the release
 * stays, unless it stands in the way. Not thread-safe.
 */
public final class TreeMender {
    private static final Logger LOG = Loggers.of(TreeMender.class);

    private final CheckedTree damaged;
    private final Path whole;
    private final Path aside;
    private final Runnable goesOn;
    private final boolean isRoot = OwnProcess.isRoot();
    private final Set<String> touched = new TreeSet<>();
    private int moved;

    /**
     * @param damaged what {@link TreeVerifier} found
     * @param whole a folder with all of the release, which is on the disk; loses what is taken from it
     * @param aside an empty folder on the same disk, for what stands in the way
     * @param goesOn asked now and then; throws {@link dev.otapair.protocol.error.OtaException} to end the work
     */
    public TreeMender(CheckedTree damaged, Path whole, Path aside, Runnable goesOn) {
        this.damaged = damaged;
        this.whole = whole;
        this.aside = aside;
        this.goesOn = goesOn;
    }

    /**
     * Does it. What cannot be put right is told, and left as it is.
     *
     * @throws dev.otapair.protocol.error.OtaException IO_ERROR if one of the three folders is not there
     */
    public void mend() {
        Path folder = damaged.tree().folder();
        try (GuardedFolder installed = GuardedFolder.open(folder);
                GuardedFolder copy = GuardedFolder.open(whole);
                GuardedFolder away = GuardedFolder.open(aside)) {
            try {
                mendAll(installed, copy, away);
            } finally {
                touched.forEach(path -> force(installed, path));
            }
        } catch (IOException e) {
            throw FileFault.unreadable(folder, e);
        }
    }

    private void mendAll(GuardedFolder installed, GuardedFolder copy, GuardedFolder away) {
        int file = 0;
        for (ManifestEntry entry : damaged.tree().manifest().entries()) {
            goesOn.run();
            boolean isFile = entry instanceof ManifestEntry.File;
            boolean hasContent = !isFile || damaged.holds(file);
            file += isFile ? 1 : 0;
            mend(entry, hasContent, installed, copy, away);
        }
    }

    private void mend(
            ManifestEntry entry, boolean hasContent, GuardedFolder installed, GuardedFolder copy, GuardedFolder away) {
        try {
            Optional<Difference.Kind> wrong = hasContent
                    ? TreeVerifier.difference(installed, entry, isRoot)
                    : Optional.of(Difference.Kind.CONTENT);
            if (wrong.isEmpty()) {
                return;
            }
            boolean isFolderHere = isFolder(installed, entry.path());
            if (isFolderHere && entry instanceof ManifestEntry.Folder folder) {
                installed.adjust(folder, isRoot);
            } else if (copy.look(entry.path()).isPresent()) {
                // What is not in the copy any more has come with the folder it is in.
                clear(entry, isFolderHere, installed, away);
                copy.move(entry.path(), installed, entry.path());
            }
            touched.add(GuardedFolder.parentOf(entry.path()));
        } catch (IOException e) {
            LOG.warn("{} cannot be put right: {}", installed.pathOf(entry.path()), FileFault.why(e));
        }
    }

    /** A file takes the place of a file; nothing else takes the place of something. */
    private void clear(ManifestEntry next, boolean isFolderHere, GuardedFolder installed, GuardedFolder away)
            throws IOException {
        boolean isInTheWay = isFolderHere || next instanceof ManifestEntry.Folder;
        if (isInTheWay && installed.look(next.path()).isPresent()) {
            installed.move(next.path(), away, Integer.toString(moved++));
        }
    }

    private static boolean isFolder(GuardedFolder folder, String path) throws IOException {
        return folder.look(path)
                .filter(look -> look.kind() == FileLook.Kind.FOLDER)
                .isPresent();
    }

    /** After a power cut what was not brought to the disk may be as it was before, which the next look finds again. */
    private static void force(GuardedFolder folder, String path) {
        try {
            folder.force(path);
        } catch (IOException e) {
            LOG.warn("What was put right in {} may not last: {}", folder.pathOf(path), FileFault.why(e));
        }
    }
}
