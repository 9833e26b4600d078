package dev.otapair.server.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * The packages in a folder. A content is opened and digested once, on threads of the store's own, and shared until the
 * file's name stands for another content. Thread-safe.
 */
public final class PackageStore implements AutoCloseable {
    private static final Logger LOG = Loggers.of(PackageStore.class);
    private static final int THREADS = 2;
    private static final int ATTEMPTS = 3;
    private static final long END_SECONDS = 5;

    private final ExecutorService disk;
    private final Map<Path, StoredPackage> current = new ConcurrentHashMap<>();
    private final Map<Path, CompletableFuture<StoredPackage>> loading = new ConcurrentHashMap<>();

    /** Makes a store with threads of its own. */
    public PackageStore() {
        this(Executors.newFixedThreadPool(THREADS, threads()));
    }

    /** @param disk reads and digests; ended with the store */
    public PackageStore(ExecutorService disk) {
        this.disk = disk;
    }

    /**
     * Opens a package, reading all of it first when its content is new.
     *
     * @param folder where packages are
     * @return a share for the caller to release; fails with an {@link OtaException} PACKAGE_UNAVAILABLE. Completes on a
     *     thread of the store
     */
    public CompletionStage<StoredPackage> open(Path folder, PackageName name) {
        Path file = name.in(folder);
        return load(file, name)
                .thenCompose(
                        loaded -> loaded.tryRetain() ? CompletableFuture.completedFuture(loaded) : open(folder, name));
    }

    /** Lets go of all other packages: what is no longer on offer must not keep its disk space after it was deleted. */
    public void keepOnly(Path folder, Collection<PackageName> names) {
        Set<Path> kept = names.stream().map(name -> name.in(folder)).collect(Collectors.toSet());
        current.keySet().stream().filter(file -> !kept.contains(file)).forEach(this::forget);
    }

    /** Ends the store's threads, also in the middle of a digest, and closes all that no session holds any more. */
    @Override
    public void close() {
        disk.shutdownNow();
        awaitThreads();
        current.keySet().forEach(this::forget);
    }

    /** What a load that runs already finds may be older than this call, what the next one finds is not. */
    private CompletableFuture<StoredPackage> load(Path file, PackageName name) {
        CompletableFuture<StoredPackage> running = loading.get(file);
        return running == null
                ? loadShared(file, name)
                : running.handle((loaded, failure) -> file).thenCompose(ended -> loadShared(file, name));
    }

    /** One load per file at a time; all who ask meanwhile share it. */
    private CompletableFuture<StoredPackage> loadShared(Path file, PackageName name) {
        CompletableFuture<StoredPackage> mine = new CompletableFuture<>();
        CompletableFuture<StoredPackage> running = loading.putIfAbsent(file, mine);
        return running != null ? running : mine.completeAsync(() -> loadOnce(file, name), disk);
    }

    private StoredPackage loadOnce(Path file, PackageName name) {
        try {
            return fresh(file, name);
        } finally {
            loading.remove(file);
        }
    }

    private StoredPackage fresh(Path file, PackageName name) {
        try {
            StoredPackage known = current.get(file);
            if (known != null && known.file().is(FileIdentity.of(file))) {
                return known;
            }
            StoredPackage read = read(file, name);
            StoredPackage before = current.put(file, read);
            if (before != null) {
                before.release();
            }
            return read;
        } catch (NoSuchFileException e) {
            forget(file);
            throw new OtaException(ErrorCode.PACKAGE_UNAVAILABLE, file + " does not exist; copy the package there", e);
        } catch (AccessDeniedException e) {
            forget(file);
            throw new OtaException(
                    ErrorCode.PACKAGE_UNAVAILABLE, file + " must not be read by the user the server runs as", e);
        } catch (IOException e) {
            forget(file);
            throw new OtaException(ErrorCode.PACKAGE_UNAVAILABLE, "%s: %s".formatted(file, FileFault.why(e)), e);
        }
    }

    private StoredPackage read(Path file, PackageName name) throws IOException {
        for (int i = 0; i < ATTEMPTS; i++) {
            OpenFile opened = OpenFile.open(file);
            try {
                return digested(name, opened);
            } catch (IOException e) {
                opened.close();
                LOG.debug("{}: read again: {}", file, e.getMessage());
            }
        }
        throw new IOException("it is being written");
    }

    private StoredPackage digested(PackageName name, OpenFile opened) throws IOException {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.MD5, Digest.Algorithm.SHA256);
        digester.updateAll(opened.channel());
        opened.verifyUnchanged();
        Digest md5 = digester.finish(Digest.Algorithm.MD5);
        Digest sha256 = digester.finish(Digest.Algorithm.SHA256);
        LOG.info("Package {}: {} bytes, {}, {}", name, digester.size(), md5, sha256);
        return new StoredPackage(name, new SharedFile(opened, disk), md5, sha256);
    }

    /** What a thread opens after the store has let go would stay open. */
    private void awaitThreads() {
        try {
            if (!disk.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("Reading a package did not end within {} s", END_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void forget(Path file) {
        StoredPackage gone = current.remove(file);
        if (gone != null) {
            gone.release();
        }
    }

    private static ThreadFactory threads() {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "store-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
