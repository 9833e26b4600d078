package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.server.store.FreeSpace;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;

/**
 * A folder of releases: packages, and beside each its metadata and its signatures. Every file gets its name once it is whole.
 * Used under a {@link PublishLock} where it is changed.
 */
final class ReleaseShelf {
    private static final Logger LOG = Loggers.of(ReleaseShelf.class);
    private static final String INCOMING = ".incoming";
    private static final int BUFFER_BYTES = 256 * 1024;

    /** Left free for everything else that writes on that disk. */
    private static final long RESERVE_BYTES = 16L * 1024 * 1024;

    private final Path folder;
    private final DurableFiles files;

    ReleaseShelf(Path folder, DurableFiles files) {
        this.folder = folder;
        this.files = files;
    }

    Path folder() {
        return folder;
    }

    /** Returns where a package is, or would be. */
    Path packageOf(PackageName name) {
        return name.in(folder);
    }

    /** Returns where the metadata of a package is, or would be. */
    Path metadataOf(PackageName name) {
        return ReleaseFiles.metadataOf(packageOf(name));
    }

    /** Returns the names of all packages that have metadata. */
    SortedSet<PackageName> names() {
        SortedSet<PackageName> names = new TreeSet<>((one, other) -> one.value().compareTo(other.value()));
        try {
            for (Path file : Folders.list(folder, name -> !name.startsWith("."))) {
                ReleaseFiles.packageNameOf(file).flatMap(ReleaseShelf::name).ifPresent(names::add);
            }
        } catch (NoSuchFileException e) {
            return names;
        } catch (IOException e) {
            throw FileFault.unreadable(folder, e);
        }
        return names;
    }

    /** Returns the package's metadata and signatures, if there is any. */
    Optional<SignedMetadata> metadata(PackageName name) {
        try {
            return ReleaseFiles.read(packageOf(name));
        } catch (IOException e) {
            throw FileFault.unreadable(metadataOf(name), e);
        }
    }

    /** Says whether the package is here. */
    boolean hasPackage(PackageName name) {
        return Files.isRegularFile(packageOf(name), LinkOption.NOFOLLOW_LINKS);
    }

    /** Returns size and digest of the package. Reads all of it. */
    Content contentOf(PackageName name) {
        return contentOf(packageOf(name));
    }

    /** Returns size and digest of a file. Reads all of it. */
    static Content contentOf(Path file) {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256).updateAll(in);
            return new Content(digester.size(), digester.finish(Digest.Algorithm.SHA256));
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /** Writes a package. */
    @FunctionalInterface
    interface Maker {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Copies a file here, to become a package by {@link #takeIncoming} or to go by {@link #dropIncoming}; on the disk when this returns.
     *
     * @return what was copied, whatever the source is by now
     */
    Content bringIn(Path source) {
        try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ)) {
            files.ensureWritableFolder(folder);
            requireSpace(in.size());
            return incoming(out -> copy(in, out));
        } catch (NoSuchFileException e) {
            throw new OtaException(ErrorCode.IO_ERROR, source + " does not exist", e);
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s cannot be copied to %s: %s".formatted(source, folder, FileFault.why(e)),
                    e);
        }
    }

    /** As above, for what is made rather than copied. */
    Content bringIn(Maker maker) {
        try {
            files.ensureWritableFolder(folder);
            return incoming(maker);
        } catch (IOException e) {
            throw FileFault.unwritable(incoming(), e);
        }
    }

    /** Returns where that is which was brought in and has no name yet. */
    Path incoming() {
        return folder.resolve(INCOMING);
    }

    /** Gives a package its name. */
    void takeIncoming(PackageName name) {
        try {
            files.rename(incoming(), packageOf(name));
        } catch (IOException e) {
            throw FileFault.unwritable(packageOf(name), e);
        }
    }

    /** Removes what was brought in and has no name. */
    void dropIncoming() {
        try {
            files.delete(incoming());
        } catch (IOException e) {
            throw FileFault.unwritable(incoming(), e);
        }
    }

    /** Moves a package here from another shelf on the same disk. */
    void takePackage(PackageName name, ReleaseShelf from) {
        try {
            files.rename(from.packageOf(name), packageOf(name));
        } catch (IOException e) {
            throw FileFault.unwritable(packageOf(name), e);
        }
    }

    /** Writes metadata in place of what was there, whose signatures go first: they would be wrong ones. */
    void writeMetadata(PackageName name, SignedMetadata metadata) {
        boolean isSame = metadata(name)
                .filter(before -> before.bytes().equals(metadata.bytes()))
                .isPresent();
        try {
            files.ensureWritableFolder(folder);
            if (!isSame) {
                removeSignatures(name);
                files.replace(metadataOf(name), metadata.bytes().toBytes(), DurableFiles.Readers.EVERYBODY);
            }
            for (Signature signature : metadata.signatures()) {
                Path file = ReleaseFiles.signatureOf(packageOf(name), signature.signer());
                files.replace(file, signature.bytes().toBytes(), DurableFiles.Readers.EVERYBODY);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(metadataOf(name), e);
        }
    }

    /** Says whether these are the metadata here, with these signatures and no others. */
    boolean holds(PackageName name, SignedMetadata signed) {
        return metadata(name)
                .filter(here -> here.bytes().equals(signed.bytes())
                        && Set.copyOf(here.signatures()).containsAll(signed.signatures()))
                .isPresent();
    }

    /** Says whether these are the metadata here, whoever signed them. */
    boolean holdsBytesOf(PackageName name, SignedMetadata signed) {
        return metadata(name)
                .filter(here -> here.bytes().equals(signed.bytes()))
                .isPresent();
    }

    /** Removes what interrupted publishers left in a folder that is theirs alone: whatever belongs to no metadata. */
    void removeRemains() {
        SortedSet<PackageName> names = names();
        try {
            for (Path file : Folders.list(folder)) {
                String text = file.getFileName().toString();
                boolean isOfARelease = names.stream()
                        .anyMatch(name -> text.equals(name.value()) || text.startsWith(name.value() + ".ota."));
                if (!isOfARelease && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    LOG.info("Removing {}, which an interrupted publisher left", file);
                    files.delete(file);
                }
            }
        } catch (NoSuchFileException e) {
            // Nothing has been staged yet.
        } catch (IOException e) {
            throw FileFault.unwritable(folder, e);
        }
    }

    /** Removes the package, if it is here; what is said of it stays. */
    void removePackage(PackageName name) {
        try {
            files.ensureWritableFolder(folder);
            files.delete(packageOf(name));
        } catch (IOException e) {
            throw FileFault.unwritable(packageOf(name), e);
        }
    }

    /** Removes all that is here of a release, the metadata last. */
    void remove(PackageName name) {
        try {
            files.delete(packageOf(name));
            removeSignatures(name);
            files.delete(metadataOf(name));
        } catch (IOException e) {
            throw FileFault.unwritable(metadataOf(name), e);
        }
    }

    private void removeSignatures(PackageName name) throws IOException {
        for (Path file : ReleaseFiles.signatureFilesOf(packageOf(name)).values()) {
            files.delete(file);
        }
    }

    /** Half a package on a full disk is what the next one would have no room beside. */
    private Content incoming(Maker maker) throws IOException {
        files.delete(incoming());
        try {
            return write(maker);
        } catch (IOException | RuntimeException e) {
            files.delete(incoming());
            throw e;
        }
    }

    private Content write(Maker maker) throws IOException {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        try (FileChannel out = files.create(incoming(), DurableFiles.Readers.EVERYBODY)) {
            maker.writeTo(new DigestedStream(out, digester));
            out.force(true);
        }
        return new Content(digester.size(), digester.finish(Digest.Algorithm.SHA256));
    }

    private static void copy(FileChannel in, OutputStream out) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (in.read(buffer.clear()) >= 0) {
            out.write(buffer.array(), 0, buffer.flip().limit());
        }
    }

    /** Digests what is written. */
    private static final class DigestedStream extends OutputStream {
        private final FileChannel out;
        private final ContentDigester digester;

        DigestedStream(FileChannel out, ContentDigester digester) {
            this.out = out;
            this.digester = digester;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            digester.update(buffer);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
        }
    }

    private void requireSpace(long size) throws IOException {
        FreeSpace free = FreeSpace.below(folder);
        if (!free.has(size, RESERVE_BYTES)) {
            throw new IOException("it has %d bytes, free are %d, of which %d are kept free"
                    .formatted(size, free.bytes(), RESERVE_BYTES));
        }
    }

    private static Optional<PackageName> name(String text) {
        try {
            return Optional.of(new PackageName(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
