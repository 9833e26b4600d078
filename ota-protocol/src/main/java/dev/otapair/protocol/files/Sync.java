package dev.otapair.protocol.files;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Brings what was written to the disk: what a power cut may take is what this was not called for. Stateless; blocks on the disk. */
final class Sync {
    private static final int AT_A_TIME = 16;

    private Sync() {}

    /** Brings a complete file to the disk, or the names in a folder: without that a rename may be undone by a power cut. */
    static void of(Path path) throws IOException {
        // On Linux what is opened for reading can be synced, folders as well.
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Likewise the names in the folder that something is in. */
    static void folderOf(Path path) throws IOException {
        of(path.toAbsolutePath().getParent());
    }

    /** As {@link DurableFiles#syncAll}. */
    static void all(Collection<Path> written) throws IOException {
        ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
        try {
            List<Callable<Path>> syncs = new ArrayList<>();
            written.forEach(file -> syncs.add(() -> {
                of(file);
                return file;
            }));
            for (Future<Path> sync : threads.invokeAll(syncs)) {
                sync.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while files were brought to the disk");
        } finally {
            threads.shutdownNow();
        }
    }
}
