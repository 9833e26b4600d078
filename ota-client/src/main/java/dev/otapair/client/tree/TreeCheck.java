package dev.otapair.client.tree;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.FileStamp;
import dev.otapair.client.store.FileStamps;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Sees which contents of an installed release the board holds as they should be, and remembers it. Follows no link. Takes the same memory
 * for every size of a file. Not thread-safe.
 *
 * @see "docs/increments.md, section 3: On the board"
 */
public final class TreeCheck {
    private final Revalidate revalidate;
    private final SeenFiles seen;
    private final Clock clock;
    private final Runnable goesOn;
    private final FileDigester digester;

    /**
     * @param clock by which the kernel gives files their times
     * @param goesOn asked now and then; throws {@link dev.otapair.protocol.error.OtaException} to end the work
     */
    public TreeCheck(Revalidate revalidate, SeenFiles seen, Clock clock, Runnable goesOn) {
        this.revalidate = revalidate;
        this.seen = seen;
        this.clock = clock;
        this.goesOn = goesOn;
        this.digester = new FileDigester(goesOn);
    }

    /**
     * Looks at all files of a release. One that is not there at all misses all of them.
     *
     * @throws dev.otapair.protocol.error.OtaException IO_ERROR if the folder cannot be opened
     */
    public CheckedTree check(ReleaseTree tree) {
        return check(tree, object -> true);
    }

    /**
     * Looks at some files of a release.
     *
     * @param isNeeded says whether an object is to be looked for; of others nothing is known then
     * @throws dev.otapair.protocol.error.OtaException as above
     */
    public CheckedTree check(ReleaseTree tree, IntPredicate isNeeded) {
        FileTable files = new FileTable(tree.manifest());
        CheckedTree checked = new CheckedTree(tree, files, seen.read(tree.id(), files.size()));
        int[] needed = IntStream.range(0, files.size())
                .filter(file -> isNeeded.test(files.objectOf(file)))
                .toArray();
        try (GuardedFolder folder = GuardedFolder.open(tree.folder())) {
            for (int file : needed) {
                check(folder, checked, file);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            for (int file : needed) {
                checked.miss(file, Difference.Kind.MISSING);
            }
        } catch (IOException e) {
            throw FileFault.unreadable(tree.folder(), e);
        }
        checked.damaged(ObjectNumbers.of(() -> IntStream.range(0, files.objects())
                .filter(isNeeded)
                .filter(object -> files.object(object).size() > 0
                        && checked.holderOf(object).isEmpty())
                .iterator()));
        if (revalidate != Revalidate.NEVER) {
            seen.write(tree.id(), checked.lasting());
        }
        return checked;
    }

    /**
     * Does something that makes or removes names of files, and changes none of them: what is known of releases that share the files stays
     * known.
     *
     * @param trees those that stay
     */
    public void keepDuring(List<ReleaseTree> trees, Runnable work) {
        Map<ReleaseTree, FileStamps> known = new HashMap<>();
        for (ReleaseTree tree : trees) {
            FileStamps stamps = seen.read(tree.id(), new FileTable(tree.manifest()).size());
            refresh(tree, stamps, Object::equals);
            known.put(tree, stamps);
        }
        try {
            work.run();
        } finally {
            known.forEach((tree, stamps) -> {
                refresh(tree, stamps, FileStamp::isOfSameContent);
                seen.write(tree.id(), stamps);
            });
        }
    }

    private void check(GuardedFolder folder, CheckedTree checked, int number) {
        goesOn.run();
        ManifestEntry.File file = checked.files().file(number);
        Instant lookedAt = clock.instant();
        try {
            Optional<FileLook> look = folder.look(file.path());
            if (look.isEmpty()) {
                checked.miss(number, Difference.Kind.MISSING);
            } else if (look.get().kind() != FileLook.Kind.FILE) {
                checked.miss(number, Difference.Kind.OTHER_KIND);
            } else if (look.get().stamp().size() != file.content().size()) {
                checked.miss(number, Difference.Kind.CONTENT);
            } else {
                checkContent(folder, checked, number, look.get(), lookedAt);
            }
        } catch (IOException e) {
            checked.miss(number, Difference.Kind.UNREADABLE);
        }
    }

    private void checkContent(GuardedFolder folder, CheckedTree checked, int number, FileLook look, Instant lookedAt)
            throws IOException {
        boolean isKnown =
                checked.lasting().get(number).filter(look.stamp()::equals).isPresent();
        if (revalidate == Revalidate.NEVER || revalidate == Revalidate.SIZE && isKnown) {
            checked.hold(number, look.stamp(), isKnown);
            return;
        }
        ManifestEntry.File file = checked.files().file(number);
        try (FileChannel content = folder.read(file.path())) {
            // Whoever writes to it meanwhile shows.
            boolean isRight = digester.digest(content).equals(file.content().sha256())
                    && folder.look(file.path()).filter(look::isSameFile).isPresent();
            if (isRight) {
                checked.hold(number, look.stamp(), true);
                checked.refresh(number, look.stamp(), lookedAt);
            } else {
                checked.miss(number, Difference.Kind.CONTENT);
            }
        }
    }

    /** Takes the present looks of files that are still what they were, and forgets the others. */
    private void refresh(ReleaseTree tree, FileStamps stamps, Sameness sameness) {
        FileTable files = new FileTable(tree.manifest());
        try (GuardedFolder folder = GuardedFolder.open(tree.folder())) {
            for (int file = 0; file < files.size(); file++) {
                Optional<FileStamp> known = stamps.get(file);
                if (known.isPresent()) {
                    Instant lookedAt = clock.instant();
                    Optional<FileStamp> now =
                            folder.look(files.file(file).path()).map(FileLook::stamp);
                    boolean isSame = now.isPresent() && sameness.of(known.get(), now.get());
                    if (isSame && (now.equals(known) || now.get().isSettled(lookedAt))) {
                        stamps.put(file, now.get());
                    } else {
                        stamps.remove(file);
                    }
                }
            }
        } catch (IOException e) {
            for (int file = 0; file < files.size(); file++) {
                stamps.remove(file);
            }
        }
    }

    @FunctionalInterface
    private interface Sameness {
        boolean of(FileStamp before, FileStamp now);
    }
}
