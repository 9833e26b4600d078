package dev.otapair.client;

import dev.otapair.client.control.Interruption;
import dev.otapair.client.progress.Progress;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PartialFile;
import dev.otapair.client.store.WatchedChannel;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.ReleaseFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * A package that somebody carried here, with its metadata and signatures beside it: nothing in it has been verified. It may
 * be taken away at any time.
 *
 * @param name its file's
 * @param size in bytes
 */
record CarriedPackage(Path file, PackageName name, long size) {
    private static final Logger LOG = Loggers.of(CarriedPackage.class);
    private static final int CHUNK_BYTES = 1 << 16;

    /**
     * Looks at a file.
     *
     * @throws OtaException IO_ERROR if it cannot be read, or is no package
     */
    static CarriedPackage of(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new OtaException(
                        ErrorCode.IO_ERROR, Files.exists(file) ? file + " is not a file" : file + " is not there");
            }
            PackageName name = new PackageName(
                    file.toAbsolutePath().normalize().getFileName().toString());
            return new CarriedPackage(file, name, Files.size(file));
        } catch (IllegalArgumentException e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, "%s is no name for a package: %s".formatted(file, e.getMessage()), e);
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /**
     * Returns it as an offer of which only the signed metadata says what is in it.
     *
     * @throws OtaException IO_ERROR if that is there and cannot be read
     */
    Offer offer() {
        try {
            return new Offer(name, Optional.empty(), signed());
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /**
     * Returns it as an offer of what is in it now; reads all of it. Metadata of no use is then as good as none: nobody believes it.
     *
     * @param interruption ends the reading early
     * @throws OtaException IO_ERROR, or the signal's code
     */
    Offer offerOfContent(Interruption interruption) {
        try (FileChannel channel = FileChannel.open(file)) {
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256)
                    .updateAll(new WatchedChannel(channel, interruption::throwIfInterrupted));
            Content content = new Content(digester.size(), digester.finish(Digest.Algorithm.SHA256));
            return new Offer(name, Optional.of(content), signedIfReadable());
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /**
     * Copies it to where packages are kept, unless it is there; it gets its name there only when it is what was announced.
     *
     * @param interruption ends the copy early
     * @throws OtaException DIGEST_MISMATCH, IO_ERROR, CANNOT_WRITE, or the signal's code; then nothing has changed
     */
    void copyTo(
            PackageFolder packages,
            PackageResponse announced,
            Progress.Factory progressFactory,
            Interruption interruption) {
        if (size != announced.size()) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s has %d bytes, signed are %d".formatted(file, size, announced.size()));
        }
        if (packages.holds(announced)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file);
                PartialFile partial = packages.open(announced);
                Progress progress = progressFactory.begin(name.value(), announced.size())) {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
            channel.position(partial.size());
            progress.advance(partial.size());
            while (partial.size() <= announced.size() && channel.read(chunk.clear()) >= 0) {
                interruption.throwIfInterrupted();
                progress.advance(chunk.position());
                partial.append(chunk.flip());
            }
            partial.finish(packages.claim(announced));
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    private Optional<SignedMetadata> signedIfReadable() {
        try {
            return signed();
        } catch (IOException e) {
            LOG.warn(
                    "Metadata and signatures beside {} cannot be read: {}; it is taken without them",
                    file,
                    FileFault.why(e));
            return Optional.empty();
        }
    }

    private Optional<SignedMetadata> signed() throws IOException {
        return ReleaseFiles.read(file.toAbsolutePath());
    }
}
