package dev.otapair.client.store;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;

/** The manifests of the releases on this board, by their SHA-256: what the next one is a patch on. */
public final class ManifestFolder {
    private static final Logger LOG = Loggers.of(ManifestFolder.class);

    private final DigestNamedFiles folder;

    /** @param stateFolder must exist before anything is written */
    public ManifestFolder(Path stateFolder, DurableFiles files) {
        this.folder = new DigestNamedFiles(stateFolder.resolve("manifests"), files);
    }

    /**
     * Returns a manifest's text.
     *
     * @return at most {@link Manifest#MAX_BYTES} bytes, with this digest; empty where it is missing, damaged, or cannot be read
     */
    public Optional<byte[]> read(Digest sha256) {
        Path file = folder.pathOf(sha256);
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] text = in.readNBytes(Manifest.MAX_BYTES + 1);
            if (text.length > Manifest.MAX_BYTES
                    || !ContentDigester.sha256Of(text).equals(sha256)) {
                LOG.warn("{} is damaged: it counts as missing", file);
                return Optional.empty();
            }
            return Optional.of(text);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("{}: it counts as missing", FileFault.unreadable(file, e).getMessage());
            return Optional.empty();
        }
    }

    /**
     * Keeps a manifest for good.
     *
     * @param text at most {@link Manifest#MAX_BYTES} bytes
     * @return its name here
     * @throws OtaException CANNOT_WRITE
     */
    public Digest write(byte[] text) {
        Digest sha256 = ContentDigester.sha256Of(text);
        folder.write(sha256, text);
        return sha256;
    }

    /**
     * Removes what is not needed any more.
     *
     * @param needed those that stay
     * @throws OtaException CANNOT_WRITE
     */
    public void keep(Set<Digest> needed) {
        folder.keep(needed);
    }
}
