package dev.otapair.server.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.slf4j.Logger;

/**
 * What trees consist of: each content once, in {@code .objects} of the folder of packages, as a file that its SHA-256 names and nobody
 * writes any more. Several processes may add and read at the same time; what {@link #sweep} removes must be of no use to any of them. What
 * fails, fails by an {@link OtaException} that names the file. Stateless and thread-safe.
 *
 * @see "docs/increments.md, section 2: On the server's disk"
 */
public final class ObjectStore {
    /** Where they are, in the folder of packages. */
    public static final String FOLDER = ".objects";

    /** What to do about a damaged content. Under the name it has, what is published already is refused. */
    public static final String MENDING = "Publishing its tree again under another name mends it";

    private static final Logger LOG = Loggers.of(ObjectStore.class);
    private static final Pattern SHELF = Pattern.compile("[0-9a-f]{2}");
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final int SHELF_DIGITS = 2;

    private final Path folder;
    private final DurableFiles files;

    /**
     * A content that is here.
     *
     * @param content its size and SHA-256
     * @param md5 of the same bytes
     */
    public record Stored(Content content, Digest md5) {}

    /**
     * What was removed, or would be.
     *
     * @param objects contents that nothing names
     * @param bytes in those
     * @param leftovers files of those who were interrupted
     */
    public record Swept(long objects, long bytes, long leftovers) {}

    /** @param packages the folder of packages; exists, while the store itself is made with the first content */
    public ObjectStore(Path packages, DurableFiles files) {
        this.folder = packages.resolve(FOLDER);
        this.files = files;
    }

    /** Returns where a content is, if it is here; whether it is undamaged, {@link #verify} says. */
    public Optional<Path> find(Digest sha256) {
        return Optional.of(pathOf(sha256)).filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
    }

    /** Says whether a content is here, with the size it should have. */
    public boolean has(Content content) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(
                    pathOf(content.sha256()), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile() && attributes.size() == content.size();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Opens a content.
     *
     * @return to be closed by the caller; goes on to be readable when the content is removed
     * @throws OtaException IO_ERROR
     */
    public FileChannel open(Digest sha256) {
        Path file = pathOf(sha256);
        try {
            return FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /**
     * Reads a content and sees that it is the one.
     *
     * @param max the bytes it may have
     * @throws OtaException IO_ERROR if it is missing or larger; DIGEST_MISMATCH if it is damaged
     */
    public byte[] read(Digest sha256, int max) {
        try (FileChannel channel = open(sha256)) {
            if (channel.size() > max) {
                throw new IOException("it has %d bytes, expected at most %d".formatted(channel.size(), max));
            }
            byte[] bytes = Channels.newInputStream(channel).readNBytes(max);
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
            digester.update(ByteBuffer.wrap(bytes));
            requireSame(sha256, digester.finish(Digest.Algorithm.SHA256));
            return bytes;
        } catch (IOException e) {
            throw FileFault.unreadable(pathOf(sha256), e);
        }
    }

    /**
     * Reads all of a content.
     *
     * @throws OtaException IO_ERROR if it is missing, DIGEST_MISMATCH if it is damaged
     */
    public void verify(Content content) {
        try (FileChannel channel = open(content.sha256())) {
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256).updateAll(channel);
            requireSame(content.sha256(), digester.finish(Digest.Algorithm.SHA256));
        } catch (IOException e) {
            throw FileFault.unreadable(pathOf(content.sha256()), e);
        }
    }

    /**
     * Begins to take in many contents.
     *
     * @return to be finished, and closed, by the caller
     * @throws OtaException CANNOT_WRITE
     */
    public ObjectBatch begin() {
        try {
            files.ensureReadableFolder(folder);
            return new ObjectBatch(this, folder, files);
        } catch (IOException e) {
            throw FileFault.unwritable(folder, e);
        }
    }

    /**
     * Removes what is of no use any more: contents, and files that never got a name.
     *
     * @param isNeeded says which contents stay
     * @param youngest what was written later stays: whoever takes in contents has not yet said what for
     * @param isRehearsal whether to count only
     * @throws OtaException IO_ERROR, CANNOT_WRITE; some of it is gone then
     */
    public Swept sweep(Predicate<Digest> isNeeded, Instant youngest, boolean isRehearsal) {
        Sweep sweep = new Sweep(isNeeded, youngest, isRehearsal);
        sweep.in(folder, name -> name.startsWith(DurableFiles.TEMPORARY));
        for (Path shelf : shelves()) {
            sweep.in(shelf, name -> HEX.matcher(name).matches());
        }
        return new Swept(sweep.objects, sweep.bytes, sweep.leftovers);
    }

    /** Returns where a content is, or would be. */
    Path pathOf(Digest sha256) {
        if (sha256.algorithm() != Digest.Algorithm.SHA256) {
            throw new IllegalArgumentException(sha256 + " names no object");
        }
        return folder.resolve(sha256.hex().substring(0, SHELF_DIGITS)).resolve(sha256.hex());
    }

    private List<Path> shelves() {
        try {
            return Folders.list(folder, name -> SHELF.matcher(name).matches());
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw FileFault.unreadable(folder, e);
        }
    }

    private void requireSame(Digest expected, Digest actual) {
        if (!actual.equals(expected)) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s is damaged: it has %s. %s".formatted(pathOf(expected), actual, MENDING));
        }
    }

    /** One round through the store. */
    private static final class Sweep {
        private final Predicate<Digest> isNeeded;
        private final Instant youngest;
        private final boolean isRehearsal;
        private long objects;
        private long bytes;
        private long leftovers;

        Sweep(Predicate<Digest> isNeeded, Instant youngest, boolean isRehearsal) {
            this.isNeeded = isNeeded;
            this.youngest = youngest;
            this.isRehearsal = isRehearsal;
        }

        private void in(Path folder, Predicate<String> isOurs) {
            try {
                Folders.visit(folder, file -> {
                    if (isOurs.test(file.getFileName().toString())) {
                        lookOrLeave(file);
                    }
                });
            } catch (NoSuchFileException e) {
                LOG.debug("{} is not there", folder);
            } catch (IOException e) {
                throw FileFault.unwritable(folder, e);
            }
        }

        /** Others may have removed or named it meanwhile. */
        private void lookOrLeave(Path file) throws IOException {
            try {
                look(file);
            } catch (NoSuchFileException e) {
                LOG.debug("{} is gone", file);
            }
        }

        private void look(Path file) throws IOException {
            String name = file.getFileName().toString();
            boolean isObject = HEX.matcher(name).matches();
            if (isObject && isNeeded.test(new Digest(Digest.Algorithm.SHA256, name))) {
                return;
            }
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()
                    || attributes.lastModifiedTime().toInstant().isAfter(youngest)) {
                return;
            }
            if (!isRehearsal) {
                Files.deleteIfExists(file);
            }
            objects += isObject ? 1 : 0;
            bytes += isObject ? attributes.size() : 0;
            leftovers += isObject ? 0 : 1;
        }
    }
}
